import type { ISharedCell } from '@jupyter/ydoc';
import { type ISignal, Signal } from '@lumino/signaling';
import { isInjected, parseTags, type Role, rolesOf, withoutRole, withRole } from './roles';
import type { ICellSelection, IRoleTagger } from './tokens';

/** Roles of the selected cells, kept in the notebook's ordinary tags. */
export class RoleTagger implements IRoleTagger {
  constructor(private readonly selection: ICellSelection) {
    selection.changed.connect(this.announce, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  has(role: Role): boolean {
    const { cells } = this.selection;
    return cells.length > 0 && cells.every(cell => rolesOf(tagsOf(cell)).includes(role));
  }

  canToggle(role: Role): boolean {
    return this.selection.cells.some(cell => !isInjected(tagsOf(cell), role));
  }

  toggle(role: Role): void {
    const { cells } = this.selection;
    const change = this.has(role) ? withoutRole : withRole;
    this.selection.transact(() => {
      for (const cell of cells) {
        setTags(cell, change(tagsOf(cell), role));
      }
    });
    this.announce();
  }

  private announce(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
}

function tagsOf(cell: ISharedCell): string[] {
  return parseTags(cell.getMetadata('tags'));
}

function setTags(cell: ISharedCell, tags: string[]): void {
  if (tags.length > 0) {
    cell.setMetadata('tags', tags);
  } else {
    // No empty list is left behind: a role given and taken back leaves the file as it was.
    cell.deleteMetadata('tags');
  }
}
