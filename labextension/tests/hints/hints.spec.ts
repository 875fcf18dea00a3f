import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { LoggingHint } from '../../src/hints/hint';
import { differ, VERSION } from '../../src/hints/version';
import { warningOf } from '../../src/hints/warning';
import { LoggingModel } from '../../src/logging/model';
import { Problem } from '../../src/runs/problem';
import { FakeKernel } from '../logging/fakes';

const trans = nullTranslator.load('cellmark');

async function hintOf(kernel: FakeKernel): Promise<{ hint: LoggingHint; pressed: string[] }> {
  const model = new LoggingModel();
  const pressed: string[] = [];
  const actions = {
    run: (line: string) => void pressed.push(`run ${line}`),
    restart: () => void pressed.push('restart')
  };
  const hint = new LoggingHint({ model, actions, trans });
  await model.show(kernel.connection);
  return { hint, pressed };
}

function buttons(hint: LoggingHint): HTMLButtonElement[] {
  return [...hint.node.querySelectorAll('button')];
}

describe('LoggingHint', () => {
  it.each(['on', 'paused'])('is away while the kernel is %s', async state => {
    expect((await hintOf(new FakeKernel(state))).hint.isHidden).toBe(true);
  });

  it('offers the line that installs, to copy and to run', async () => {
    const { hint, pressed } = await hintOf(new FakeKernel('absent'));
    expect(hint.node.querySelector('code')?.textContent).toBe('%pip install cellmark');
    expect(buttons(hint).map(({ textContent }) => textContent)).toEqual([
      'Copy',
      'Run in Notebook'
    ]);
    buttons(hint)[1]?.click();
    expect(pressed).toEqual(['run %pip install cellmark']);
  });

  it('offers a restart where it is installed by now', async () => {
    const { hint, pressed } = await hintOf(new FakeKernel('unhooked'));
    buttons(hint)[0]?.click();
    expect(pressed).toEqual(['restart']);
  });

  it.each([
    [new FakeKernel('on', 'julia'), 'this kernel runs julia'],
    [new FakeKernel('faulty: no room'), 'A cell could not be logged: no room']
  ])('says what no button mends', async (kernel, words) => {
    const { hint } = await hintOf(kernel);
    expect(hint.node.textContent).toContain(words);
    expect(buttons(hint)).toEqual([]);
  });
});

describe('versions', () => {
  it('know that of the package', () => {
    const file = join(import.meta.dirname, '../../../package.json');
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    expect(VERSION).toBe(version);
  });

  it.each([
    ['1.2.0', '1.2.0', false],
    ['1.2.0', '1.2.0.dev1', false],
    ['1.2.0-rc.1', '1.2.0rc1', false],
    ['1.2.0', '1.2.1', true],
    ['1.2.0', '1.20', true]
  ])('%s and %s', (page, server, other) => {
    expect(differ(page, server)).toBe(other);
  });

  it.each([
    [() => Promise.resolve({ version: '1.2.0' }), null],
    [
      () => Promise.resolve({ version: '1.3.0' }),
      'This page has Cellmark 1.2.0, the Jupyter server has'
    ],
    [
      () => Promise.reject(new Problem('It does not run.', 'Install it.')),
      'It does not run. Install it.'
    ]
  ])('are told where they differ', async (answer, words) => {
    const told = await warningOf({ request: answer }, trans, '1.2.0');
    expect(told === null ? null : told.slice(0, words?.length)).toBe(words);
  });
});
