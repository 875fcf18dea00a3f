import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { describe, expect, it } from 'vitest';
import { addMarkingCommands, UNDELETE_RUN } from '../../src/runs/commands';
import { PAGE, RunsModel } from '../../src/runs/model';
import { Problem } from '../../src/runs/problem';
import { FakeApi, FakeLive } from './fakes';

async function shown(api = new FakeApi(1000)): Promise<{ model: RunsModel; api: FakeApi }> {
  const model = new RunsModel(api, new FakeLive());
  await model.show('a.ipynb');
  return { model, api };
}

function offsets(api: FakeApi): number[] {
  return api.asked.map(({ offset }) => offset);
}

describe('RunsModel', () => {
  it('asks for nothing before there is a notebook', async () => {
    const api = new FakeApi(3);
    const model = new RunsModel(api, new FakeLive());
    await model.refresh();
    expect(model.state).toEqual({ kind: 'none' });
    expect(api.asked).toEqual([]);
  });

  it('has the first page, and others as they come into view, each once', async () => {
    const { model, api } = await shown();
    expect(model.layout).toHaveLength(1000);
    expect(model.runAt(PAGE - 1)?.run).toBe('RUN000099');
    expect(model.runAt(PAGE)).toBeUndefined();
    await Promise.all([model.ensure(PAGE - 5, PAGE + 5), model.ensure(PAGE - 4, PAGE + 6)]);
    expect(model.runAt(PAGE)?.run).toBe('RUN000100');
    expect(offsets(api)).toEqual([0, PAGE]);
  });

  it('asks anew only for what is in view', async () => {
    const { model, api } = await shown();
    await model.ensure(5 * PAGE, 5 * PAGE + 9);
    api.asked.length = 0;
    api.total = 1001;
    await model.refresh();
    expect(offsets(api)).toEqual([5 * PAGE]);
    expect(model.layout).toHaveLength(1001);
    expect(model.runAt(0)).toBeUndefined();
  });

  it('keeps what it shows until the answer is there', async () => {
    const { model, api } = await shown();
    let answer: () => void = () => undefined;
    api.gate = new Promise(resolve => (answer = resolve));
    const refreshed = model.refresh();
    expect(model.state.kind).toBe('ready');
    expect(model.runAt(0)).toBeDefined();
    answer();
    await refreshed;
  });

  it('passes over an answer that came too late', async () => {
    const { model, api } = await shown();
    let answer: () => void = () => undefined;
    api.gate = new Promise(resolve => (answer = resolve));
    const late = model.ask({ sort: 'metric.auc' });
    api.gate = Promise.resolve();
    api.total = 2;
    await model.show('b.ipynb');
    answer();
    await late;
    expect(model.layout).toHaveLength(2);
  });

  it('says what went wrong, and mends it', async () => {
    const api = new FakeApi(3);
    api.fault = new Problem('query, column 3: no');
    const { model } = await shown(api);
    expect(model.state).toEqual({ kind: 'failed', problem: api.fault });
    api.fault = null;
    await model.refresh();
    expect(model.state.kind).toBe('ready');
  });

  it('asks the server in the words of the query, a filter for one notebook only', async () => {
    const { model, api } = await shown();
    await model.ask({ where: 'metric.auc > 0.5', sort: '-metric.auc' });
    await model.ask({ where: 'metric.auc > 0.5' });
    await model.show('b.ipynb');
    expect(api.asked.slice(1).map(({ query }) => query)).toEqual([
      { where: 'metric.auc > 0.5', sort: '-metric.auc', group: '' },
      { where: '', sort: '-metric.auc', group: '' }
    ]);
  });

  it('tells of a deletion, and forgets that the run was chosen', async () => {
    const { model, api } = await shown();
    const deleted: string[] = [];
    model.deleted.connect((_, { run }) => deleted.push(run));
    model.select(['RUN000001', 'RUN000002']);
    await model.mark('RUN000001', { deleted: true });
    expect(api.marked).toEqual([['RUN000001', { deleted: true }]]);
    expect(deleted).toEqual(['RUN000001']);
    expect(model.deletions).toEqual(['RUN000001']);
    expect(model.selected).toEqual(['RUN000002']);
  });

  it('brings back the run that was deleted last, then the one before', async () => {
    const { model, api } = await shown();
    const commands = new CommandRegistry();
    const trans = nullTranslator.load('cellmark');
    addMarkingCommands({ commands, model, trans, askText: () => Promise.resolve(null) });
    expect(commands.isEnabled(UNDELETE_RUN)).toBe(false);
    for (const run of ['RUN000001', 'RUN000002']) {
      await model.mark(run, { deleted: true });
    }
    await Promise.all([commands.execute(UNDELETE_RUN), commands.execute(UNDELETE_RUN)]);
    expect(api.marked.slice(2)).toEqual([
      ['RUN000002', { deleted: false }],
      ['RUN000001', { deleted: false }]
    ]);
    await model.mark('RUN000003', { deleted: true });
    await model.show('b.ipynb');
    expect(commands.isEnabled(UNDELETE_RUN)).toBe(false);
  });

  it('tells of a change that failed, and shows the runs as they are', async () => {
    const { model, api } = await shown();
    const told: string[] = [];
    model.failed.connect((_, problem) => told.push(problem.message));
    api.mark = () => Promise.reject(new Error('disk full'));
    await model.mark('RUN000001', { starred: true });
    expect(told).toEqual(['disk full']);
    expect(model.state.kind).toBe('ready');
  });
});
