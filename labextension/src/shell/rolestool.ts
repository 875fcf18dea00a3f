import { NotebookTools } from '@jupyterlab/notebook';
import type { ISharedCell } from '@jupyter/ydoc';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';
import { ROLES } from '../roles';
import { element } from '../runs/dom';
import { RoleTagger } from '../tagger';
import type { ICellSelection } from '../tokens';
import { wordingOf } from '../wording';

/** In the property inspector: the roles of the selected cells, each a box with what it means. */
export class RolesTool extends NotebookTools.Tool implements ICellSelection {
  constructor(private readonly trans: TranslationBundle) {
    super();
    this.addClass('jp-Cellmark-rolesTool');
    this.tagger = new RoleTagger(this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get cells(): readonly ISharedCell[] {
    const { activeCell, selectedCells, activeNotebookPanel } = this.notebookTools;
    if (activeNotebookPanel?.content.model?.readOnly !== false) {
      return [];
    }
    const chosen = selectedCells.length > 0 ? selectedCells : activeCell ? [activeCell] : [];
    return chosen
      .filter(({ model }) => model.type === 'code')
      .map(({ model }) => model.sharedModel);
  }

  transact(change: () => void): void {
    this.notebookTools.activeNotebookPanel?.content.model?.sharedModel.transact(change);
  }

  protected override onActiveCellChanged(): void {
    this.redraw();
  }

  protected override onSelectionChanged(): void {
    this.redraw();
  }

  protected override onActiveCellMetadataChanged(): void {
    this.redraw();
  }

  private redraw(): void {
    this._changed.emit();
    const focused = document.activeElement?.getAttribute('data-role');
    const none = element('p', {}, this.trans.__('Select a code cell to give it a role.'));
    const boxes = ROLES.map(role => this.box(role));
    this.node.replaceChildren(...(this.cells.length > 0 ? boxes : [none]));
    this.node.querySelector<HTMLElement>(`input[data-role="${focused ?? ''}"]`)?.focus();
  }

  private box(role: (typeof ROLES)[number]): HTMLElement {
    const { name, caption } = wordingOf(role, this.trans);
    const input = element('input', { type: 'checkbox', 'data-role': role });
    input.checked = this.tagger.has(role);
    input.disabled = !this.tagger.canToggle(role);
    input.addEventListener('change', () => {
      this.tagger.toggle(role);
    });
    const words = element('span', {}, name, element('small', {}, caption));
    return element('label', { class: 'jp-Cellmark-rolesToolLine' }, input, words);
  }

  private readonly tagger: RoleTagger;
  private readonly _changed = new Signal<this, void>(this);
}
