import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';
import { FocusedSelection } from '../src/selection';
import { notebookOf } from './fakes';

/** A notebook panel of which the widgets named in `selected` are selected. */
function panelOf(types: string[], selected: number[], readOnly = false): object {
  const sharedModel = notebookOf(...types.map(() => undefined));
  const widgets = types.map((type, i) => ({
    model: { type, sharedModel: sharedModel.getCell(i) }
  }));
  const isSelectedOrActive = (cell: (typeof widgets)[number]): boolean =>
    selected.includes(widgets.indexOf(cell));
  return { content: { model: { readOnly, sharedModel }, widgets, isSelectedOrActive } };
}

class FakeFrontEnd {
  constructor(
    public currentWidget: object | null,
    public currentChanged = new Signal<object, void>({}),
    public activeCellChanged = new Signal<object, void>({}),
    public selectionChanged = new Signal<object, void>({})
  ) {}
}

function selectionIn(tracker: FakeFrontEnd, shell: FakeFrontEnd): FocusedSelection {
  return new FocusedSelection(
    tracker as unknown as INotebookTracker,
    shell as unknown as JupyterFrontEnd.IShell
  );
}

describe('FocusedSelection.cells', () => {
  const focused = panelOf(['code', 'code'], [1]);
  it.each([
    ['the selected ones', focused, focused, 1],
    ['code cells only', panelOf(['code', 'markdown'], [0, 1]), null, 1],
    ['none of a read-only notebook', panelOf(['code'], [0], true), null, 0],
    ['none while something else has the focus', focused, {}, 0],
    ['none without a notebook', null, null, 0]
  ])('%s', (_, notebook, current, count) => {
    const tracker = new FakeFrontEnd(notebook);
    const shell = new FakeFrontEnd(current ?? notebook);
    expect(selectionIn(tracker, shell).cells).toHaveLength(count);
  });
});

describe('FocusedSelection.changed', () => {
  it.each(['activeCellChanged', 'selectionChanged', 'currentChanged'] as const)('%s', source => {
    const frontEnd = new FakeFrontEnd(null);
    let heard = 0;
    selectionIn(frontEnd, frontEnd).changed.connect(() => heard++);
    frontEnd[source].emit();
    expect(heard).toBe(1);
  });
});
