import { createStandaloneCell, type ISharedCell, YNotebook } from '@jupyter/ydoc';
import { Signal } from '@lumino/signaling';
import type { ICellSelection } from '../src/tokens';

/** A notebook of code cells with these tags; `undefined` is a cell whose metadata has none. */
export function notebookOf(...tags: (string[] | undefined)[]): YNotebook {
  const notebook = YNotebook.create();
  const cells = tags.map(given => ({
    cell_type: 'code',
    source: '',
    metadata: given ? { tags: given } : {}
  }));
  notebook.transact(() => notebook.insertCells(0, cells), false);
  notebook.clearUndoHistory();
  return notebook;
}

/** A code cell with these tags. */
export function cellOf(...tags: string[]): ISharedCell {
  return createStandaloneCell({ cell_type: 'code', source: '', metadata: { tags } });
}

/** Everything in a notebook is selected. */
export class FakeSelection implements ICellSelection {
  constructor(readonly notebook: YNotebook) {}

  get cells(): readonly ISharedCell[] {
    return this.notebook.cells;
  }

  transact(change: () => void): void {
    this.notebook.transact(change);
  }

  readonly changed = new Signal<this, void>(this);
}

export function tagsIn(notebook: YNotebook): unknown[] {
  return notebook.cells.map(cell => cell.getMetadata('tags'));
}
