import type { ISharedCell } from '@jupyter/ydoc';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import { parseTags, type Role, rolesOf } from './roles';

/** The roles of one cell, whoever changes its tags. */
export class CellRoles implements IDisposable {
  constructor(private readonly cell: ISharedCell) {
    this._roles = this.read();
    cell.metadataChanged.connect(this.refresh, this);
  }

  get roles(): readonly Role[] {
    return this._roles;
  }

  /** Emitted when the roles became others; not for other metadata or other people's tags. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private read(): Role[] {
    return rolesOf(parseTags(this.cell.getMetadata('tags')));
  }

  private refresh(): void {
    const roles = this.read();
    if (roles.join() !== this._roles.join()) {
      this._roles = roles;
      this._changed.emit();
    }
  }

  private _isDisposed = false;
  private _roles: readonly Role[];
  private readonly _changed = new Signal<this, void>(this);
}
