import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { TaskModel } from '../../src/tasks/model';
import { stageList } from '../../src/tasks/stages';
import { parseTask } from '../../src/tasks/task';
import { eventOf, FakeServer, stageOf, TASK } from './fakes';

const trans = nullTranslator.load('cellmark');

function modelOver(server: FakeServer): { model: TaskModel; states: string[] } {
  const model = new TaskModel(server, 'a.ipynb', 't');
  const states: string[] = [];
  model.changed.connect(({ known }) => {
    states.push(known.kind === 'told' ? known.task.state : known.kind);
  });
  return { model, states };
}

describe('TaskModel', () => {
  it('asks what was said before the socket opened, then follows', async () => {
    const server = new FakeServer();
    const { states } = modelOver(server);
    server.push({ kind: 'runs' });
    await Promise.resolve();
    await Promise.resolve();
    server.push(eventOf({ id: 'other', state: 'failed' }), eventOf({ state: 'done' }));
    expect(server.asked).toEqual(['GET tasks/t']);
    expect(states).toEqual(['running', 'done']);
  });

  it('stays as it ended', () => {
    const server = new FakeServer();
    const { model, states } = modelOver(server);
    server.push(eventOf({ state: 'cancelled' }), eventOf({ state: 'running' }));
    expect([states, model.known.kind]).toEqual([['cancelled'], 'told']);
  });

  it('tells the server to stop', async () => {
    const server = new FakeServer();
    server.answer = { ...TASK, state: 'cancelled' };
    const { model, states } = modelOver(server);
    await model.cancel();
    expect([server.asked, states]).toEqual([['DELETE tasks/t'], ['cancelled']]);
  });

  it('is lost where the server knows nothing of it', async () => {
    const server = new FakeServer();
    server.fault = new Error('no such task');
    const { model } = modelOver(server);
    await model.cancel();
    expect(model.known).toMatchObject({ kind: 'lost', problem: { message: 'no such task' } });
  });
});

describe('stageList', () => {
  const stages = [stageOf('running it', 100, 'cell 3/10'), stageOf('proving', 104, 'rows 2/9')];

  function shown(more: object): (string | null)[][] {
    const list = stageList(parseTask({ ...TASK, stages, ...more }), trans, 107);
    return [...list.children].map(item => [
      item.getAttribute('data-mark'),
      ...[...item.children].map(part => part.textContent)
    ]);
  }

  it('says how far the last stage is, and how long each took', () => {
    expect(shown({})).toEqual([
      ['done', '✓', 'running it', '', '4.0 s'],
      ['running', '', 'proving', 'rows 2/9', '3.0 s']
    ]);
  });

  it.each([
    ['failed', '✗', 'rows 2/9'],
    ['cancelled', '–', 'rows 2/9'],
    ['done', '✓', '']
  ])('keeps where it %s', (state, mark, detail) => {
    const [, last] = shown({ state, ended: 105 });
    expect(last).toEqual([state, mark, 'proving', detail, '1.0 s']);
  });
});
