import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { ISharedCell } from '@jupyter/ydoc';
import { type ISignal, Signal } from '@lumino/signaling';
import type { ICellSelection } from './tokens';

/** The selected code cells of the notebook that a person works in. */
export class FocusedSelection implements ICellSelection {
  constructor(
    private readonly tracker: INotebookTracker,
    private readonly shell: JupyterFrontEnd.IShell
  ) {
    tracker.activeCellChanged.connect(this.announce, this);
    tracker.selectionChanged.connect(this.announce, this);
    shell.currentChanged?.connect(this.announce, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get cells(): readonly ISharedCell[] {
    const notebook = this.panel?.content;
    if (!notebook?.model || notebook.model.readOnly) {
      return [];
    }
    return notebook.widgets
      .filter(cell => notebook.isSelectedOrActive(cell) && cell.model.type === 'code')
      .map(cell => cell.model.sharedModel);
  }

  transact(change: () => void): void {
    this.panel?.content.model?.sharedModel.transact(change);
  }

  private announce(): void {
    this._changed.emit();
  }

  /** The tracker remembers the last notebook even while, say, a terminal has the focus. */
  private get panel(): NotebookPanel | null {
    const panel = this.tracker.currentWidget;
    return panel === this.shell.currentWidget ? panel : null;
  }

  private readonly _changed = new Signal<this, void>(this);
}
