import { type ISignal, Signal } from '@lumino/signaling';

/** A `train` cell that runs now. */
export interface ILiveCell {
  readonly notebook: string;
  readonly cell: string;
  /** Seconds since 1970. */
  readonly started: number;
}

export interface ILiveCells {
  readonly changed: ISignal<ILiveCells, void>;
  /** Those of a notebook, the newest first. */
  of(notebook: string | null): readonly ILiveCell[];
}

/** The `train` cells that run now, as they begin and end. */
export class LiveCells implements ILiveCells {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  of(notebook: string | null): readonly ILiveCell[] {
    return [...this.cells.values()].filter(cell => cell.notebook === notebook).reverse();
  }

  begin(live: ILiveCell): void {
    this.cells.set(live.cell, live);
    this._changed.emit();
  }

  end(cell: string): void {
    if (this.cells.delete(cell)) {
      this._changed.emit();
    }
  }

  private readonly cells = new Map<string, ILiveCell>();
  private readonly _changed = new Signal<this, void>(this);
}
