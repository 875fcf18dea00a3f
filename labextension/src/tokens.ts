import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { ISharedCell } from '@jupyter/ydoc';
import type { Role } from './roles';

/** The code cells that a command would act on. */
export interface ICellSelection {
  /** The selected code cells; none while no writable notebook has the focus. */
  readonly cells: readonly ISharedCell[];

  /** Emitted when other cells may be selected. */
  readonly changed: ISignal<ICellSelection, void>;

  /** Make all changes as one step of the notebook's undo history. */
  transact(change: () => void): void;
}

/** Gives roles to the selected cells and takes them away. */
export interface IRoleTagger {
  /** Emitted when answers of `has` and `canToggle` may be others. */
  readonly changed: ISignal<IRoleTagger, void>;

  /** Whether every selected cell has the role. */
  has(role: Role): boolean;

  /** Whether `toggle` would change a cell. */
  canToggle(role: Role): boolean;

  /** Give the role to the selected cells that lack it; if all have it, take it from them. */
  toggle(role: Role): void;
}

export const IRoleTagger = new Token<IRoleTagger>(
  'cellmark:IRoleTagger',
  'Gives Cellmark roles to the selected cells of a notebook.'
);
