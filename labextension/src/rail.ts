import type { Cell } from '@jupyterlab/cells';
import type { CellList, Notebook } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { PanelLayout, Widget } from '@lumino/widgets';

/** A cell's own header stands first and takes no height; what we add comes right below it. */
const BELOW_HEADER = 1;

/** Puts one widget above the code of every code cell of a notebook. */
export class CellRail implements IDisposable {
  constructor(
    private readonly notebook: Notebook,
    private readonly widgetFor: (cell: Cell) => Widget
  ) {
    notebook.modelChanged.connect(this.follow, this);
    notebook.disposed.connect(this.dispose, this);
    this.follow();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private follow(): void {
    this._cells?.changed.disconnect(this.serve, this);
    this._cells = this.notebook.model?.cells ?? null;
    // Connected after the notebook itself did, so its cell widgets exist when we are called.
    this._cells?.changed.connect(this.serve, this);
    this.serve();
  }

  private serve(): void {
    const fresh = this.notebook.widgets.filter(cell => !this._served.has(cell));
    for (const cell of fresh) {
      this._served.add(cell);
      if (cell.model.type === 'code') {
        this.place(cell);
      }
    }
  }

  /** Cells far from the viewport have no content until they are scrolled to. */
  private place(cell: Cell): void {
    void cell.ready.then(() => {
      if (!cell.isDisposed && !this.isDisposed) {
        (cell.layout as PanelLayout).insertWidget(BELOW_HEADER, this.widgetFor(cell));
      }
    });
  }

  private _cells: CellList | null = null;
  private _isDisposed = false;
  private readonly _served = new WeakSet<Cell>();
}
