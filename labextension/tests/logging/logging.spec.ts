import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { LoggingModel } from '../../src/logging/model';
import { parseState } from '../../src/logging/state';
import { LoggingStatus } from '../../src/logging/status';
import { FakeKernel } from './fakes';

const trans = nullTranslator.load('cellmark');

describe('parseState', () => {
  it.each([
    ["'on'", { kind: 'on' }],
    ["'paused'", { kind: 'paused' }],
    ["'unhooked'", { kind: 'unhooked' }],
    ["'absent'", { kind: 'absent' }],
    [`"faulty: OSError('full')"`, { kind: 'faulty', fault: "OSError('full')" }],
    ['<odd>', { kind: 'unknown' }]
  ])('%s', (text, state) => {
    expect(parseState({ data: { 'text/plain': text } })).toEqual(state);
  });

  it('knows nothing of what has no text', () => {
    expect(parseState({ status: 'error' })).toEqual({ kind: 'unknown' });
  });
});

describe('LoggingModel', () => {
  it('pauses, and goes on', async () => {
    const model = new LoggingModel();
    const kernel = new FakeKernel('on');
    await model.show(kernel.connection);
    expect(model.state.kind).toBe('on');
    await model.toggle();
    expect(model.state.kind).toBe('paused');
    await model.toggle();
    expect(model.state.kind).toBe('on');
  });

  it('asks again once a kernel was restarted, and not for each idle moment', async () => {
    const model = new LoggingModel();
    const kernel = new FakeKernel('unhooked');
    await model.show(kernel.connection);
    kernel.statusChanged.emit('idle');
    expect(kernel.asked).toHaveLength(1);
    kernel.state = 'on';
    kernel.statusChanged.emit('restarting');
    kernel.statusChanged.emit('idle');
    await expect.poll(() => model.state.kind).toBe('on');
  });

  it('runs nothing in a kernel of another language', async () => {
    const model = new LoggingModel();
    const kernel = new FakeKernel('on', 'julia');
    await model.show(kernel.connection);
    expect([model.state.kind, kernel.asked.length]).toEqual(['foreign', 0]);
  });

  it('knows nothing without a kernel', async () => {
    const model = new LoggingModel();
    await model.show(new FakeKernel('on').connection);
    await model.show(null);
    expect(model.state.kind).toBe('unknown');
  });
});

describe('LoggingStatus', () => {
  it.each([
    ['on', 'Cellmark: logging'],
    ['paused', 'Cellmark: paused'],
    ['unhooked', 'Cellmark: not logging'],
    ['absent', 'Cellmark: not logging'],
    ['faulty: no room', 'Cellmark: fault']
  ])('says %s', async (state, words) => {
    const model = new LoggingModel();
    let pressed = 0;
    const status = new LoggingStatus(model, trans, () => pressed++);
    expect(status.isHidden).toBe(true);
    await model.show(new FakeKernel(state).connection);
    expect([status.node.textContent, status.isHidden]).toEqual([words, false]);
    status.node.querySelector('button')?.click();
    expect(pressed).toBe(1);
    status.dispose();
  });
});
