import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';
import type { IRunActions } from '../../src/runs/acts';
import { RunList } from '../../src/runs/list';
import { RunsModel } from '../../src/runs/model';
import { ROW_HEIGHT } from '../../src/runs/row';
import type { IGroup } from '../../src/runs/types';
import { FakeApi, FakeLive } from './fakes';

const trans = nullTranslator.load('cellmark');

interface IShown {
  list: RunList;
  model: RunsModel;
  api: FakeApi;
  live: FakeLive;
  done: string[];
}

async function show(total: number, groups: IGroup[] = []): Promise<IShown> {
  const api = new FakeApi(total, groups);
  const live = new FakeLive();
  const model = new RunsModel(api, live);
  const done: string[] = [];
  const actions: IRunActions = {
    open: ({ run }) => done.push(`open ${run}`),
    offer: ({ run }, _x, _y, back) => {
      done.push(`offer ${run}`);
      (document.activeElement as HTMLElement).blur();
      back();
    },
    note: ({ run }) => done.push(`note ${run}`),
    rerun: ({ run }) => done.push(`rerun ${run}`),
    restore: ({ run }) => done.push(`restore ${run}`),
    compare: runs => done.push(`compare ${runs.join(' ')}`),
    jump: cell => done.push(`jump ${cell}`)
  };
  const list = new RunList({ model, actions, trans });
  model.changed.connect(() => {
    list.refresh();
  });
  Widget.attach(list, document.body);
  await model.show('a.ipynb');
  return { list, model, api, live, done };
}

function press(key: string, more: KeyboardEventInit = {}): void {
  const target = document.activeElement ?? document.body;
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
}

function rowAt(list: RunList, index: number): HTMLElement {
  const row = list.find(index);
  if (!row) {
    throw new Error(`row ${index} is not drawn`);
  }
  return row;
}

describe('RunList', () => {
  afterEach(() => {
    document.body.replaceChildren();
  });

  it('draws a few of ten thousand rows, and says how many there are', async () => {
    const { list } = await show(10_000);
    const rows = list.node.querySelectorAll('[role="row"]');
    expect(rows.length).toBeLessThan(50);
    expect(list.node.querySelector('[role="grid"]')?.getAttribute('aria-rowcount')).toBe('10000');
  });

  it('is worked by the keyboard', async () => {
    const { list, model, done } = await show(5);
    rowAt(list, 0).focus();
    press('ArrowDown');
    press('Enter');
    press(' ');
    press('F10');
    press('F10', { shiftKey: true });
    press('End');
    press(' ');
    expect(done).toEqual(['open RUN000001', 'offer RUN000001']);
    expect(model.selected).toEqual(['RUN000001', 'RUN000004']);
    expect(list.run?.run).toBe('RUN000004');
  });

  it('does with the run that the keyboard is at what a command asks for', async () => {
    const { list, model, api, done } = await show(5);
    rowAt(list, 0).focus();
    press('ArrowDown');
    for (const act of [
      'note',
      'restore',
      'rerun',
      'star',
      'delete',
      'compare',
      'choose'
    ] as const) {
      list.act(act);
    }
    // One run alone is compared with nothing.
    expect(done).toEqual(['note RUN000001', 'restore RUN000001', 'rerun RUN000001']);
    expect(api.marked).toEqual([
      ['RUN000001', { starred: true }],
      ['RUN000001', { deleted: true }]
    ]);
    press('End');
    list.act('choose');
    list.act('compare');
    expect(model.selected).toEqual(['RUN000001', 'RUN000004']);
    expect(done.at(-1)).toBe('compare RUN000001 RUN000004');
  });

  it('tells first the metrics that are wished for', async () => {
    const { list, model, api } = await show(1);
    api.more = { metrics: { accuracy: 0.8, auc: 0.9 } };
    await model.refresh();
    const names = (): (string | null)[] =>
      [...rowAt(list, 0).querySelectorAll('.jp-Cellmark-name')].map(each => each.textContent);
    expect(names()).toEqual(['accuracy', 'auc']);
    model.foremost = ['auc', 'no such metric'];
    expect(names()).toEqual(['auc', 'accuracy']);
  });

  it('leaves shortcuts with modifiers to others', async () => {
    const { list, model } = await show(2);
    rowAt(list, 0).focus();
    press(' ', { ctrlKey: true });
    expect(model.selected).toEqual([]);
  });

  it('keeps the place of the keyboard when it is drawn anew', async () => {
    const { list, model } = await show(3);
    rowAt(list, 0).focus();
    press('ArrowDown');
    await model.refresh();
    expect(document.activeElement).toBe(rowAt(list, 1));
    expect(list.node.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  });

  it('stays at the run when another comes above it', async () => {
    const { list, model, api } = await show(2);
    rowAt(list, 0).focus();
    [api.numbers, api.total] = [[9, 0, 1], 3];
    await model.refresh();
    expect(list.run?.run).toBe('RUN000000');
    expect(document.activeElement).toBe(rowAt(list, 1));
    expect(list.node.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  });

  it('goes on to the next run where one is deleted, to the last where there is none', async () => {
    const { list, model, api } = await show(3);
    rowAt(list, 1).focus();
    [api.numbers, api.total] = [[0, 2], 2];
    await model.mark('RUN000001', { deleted: true });
    expect(list.run?.run).toBe('RUN000002');
    expect(document.activeElement).toBe(rowAt(list, 1));
    [api.numbers, api.total] = [[0], 1];
    await model.mark('RUN000002', { deleted: true });
    expect(document.activeElement).toBe(rowAt(list, 0));
  });

  it('begins at the top of another order', async () => {
    const { list, model } = await show(3);
    rowAt(list, 2).focus();
    await model.ask({ sort: 'metric.auc' });
    expect(list.run?.run).toBe('RUN000000');
  });

  it('has the row that the Tab key leads to, also where it is out of view', async () => {
    const { list } = await show(1000);
    rowAt(list, 0).focus();
    list.node.scrollTop = 500 * ROW_HEIGHT;
    list.refresh();
    expect(document.activeElement).toBe(rowAt(list, 0));
    press('End');
    list.node.scrollTop = 500 * ROW_HEIGHT;
    list.refresh();
    expect(document.activeElement).toBe(rowAt(list, 999));
    const places = [...list.node.querySelectorAll('[role="row"]')].map(row =>
      Number(row.getAttribute('aria-rowindex'))
    );
    expect(places).toEqual([...places].sort((one, other) => one - other));
  });

  it('leaves the rows alone that stay as they are', async () => {
    const { list, model, api } = await show(2);
    const rows = [0, 1].map(index => rowAt(list, index));
    await model.refresh();
    expect([0, 1].map(index => rowAt(list, index))).toEqual(rows);
    expect(rowAt(list, 0)).toBe(rows[0]);
    api.more = { starred: true };
    await model.refresh();
    expect(rowAt(list, 0)).not.toBe(rows[0]);
  });

  it('is worked by the mouse', async () => {
    const { list, model, api, done } = await show(3);
    rowAt(list, 2).click();
    rowAt(list, 1).querySelector<HTMLElement>('[data-part="choose"]')?.click();
    rowAt(list, 0).querySelector<HTMLElement>('[data-part="star"]')?.click();
    rowAt(list, 0).dispatchEvent(new MouseEvent('contextmenu', { bubbles: true }));
    expect(done).toEqual(['open RUN000002', 'offer RUN000000']);
    expect(model.selected).toEqual(['RUN000001']);
    expect(api.marked).toEqual([['RUN000000', { starred: true }]]);
  });

  it('shows the cell that trains now, and leads to it', async () => {
    const { list, live, done } = await show(1);
    live.cells = [{ notebook: 'a.ipynb', cell: 'fit', started: Date.now() / 1000 - 75 }];
    live.changed.emit();
    expect(rowAt(list, 0).textContent).toContain('Training now');
    expect(rowAt(list, 0).textContent).toContain('1 min 15 s');
    rowAt(list, 0).click();
    expect(done).toEqual(['jump fit']);
    live.cells = [];
    live.changed.emit();
    expect(rowAt(list, 0).dataset['run']).toBe('RUN000000');
  });

  it('has headings that nothing is done with', async () => {
    const { list, done } = await show(2, [
      { value: 7, runs: 1 },
      { value: null, runs: 1 }
    ]);
    expect([0, 1, 2, 3].map(index => rowAt(list, index).dataset['run'])).toEqual([
      undefined,
      'RUN000000',
      undefined,
      'RUN000001'
    ]);
    rowAt(list, 0).click();
    expect(done).toEqual([]);
  });
});
