import { type ISignal, Signal } from '@lumino/signaling';
import type { RunsApi } from '../runs/api';
import { Problem } from '../runs/problem';
import { type IChecked, parseChecked } from './finding';

/** An open notebook, as what looks at it needs it. */
export interface IOpenNotebook {
  readonly path: string;
  /** Its content now, saved or not. */
  content(): unknown;
}

export type FindingsState =
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'ready'; readonly checked: IChecked };

/** A pause in typing after which the notebook is looked at. */
export const TYPING_PAUSE = 700;

/** What will hurt in the notebook in front, as it is on the page. */
export class FindingsModel {
  constructor(private readonly api: Pick<RunsApi, 'request'>) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): FindingsState {
    return this._state;
  }

  get notebook(): IOpenNotebook | null {
    return this._notebook;
  }

  /** Look at another notebook; null: at none. */
  async show(notebook: IOpenNotebook | null): Promise<void> {
    this._notebook = notebook;
    this.become({ kind: 'none' });
    await this.refresh();
  }

  /** Emitted when somebody wants to see the list. */
  get wanted(): ISignal<this, void> {
    return this._wanted;
  }

  /** Have the list shown. */
  ask(): void {
    this._wanted.emit();
  }

  /** Look again once nothing was typed for a moment. */
  refreshSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), TYPING_PAUSE);
  }

  async refresh(): Promise<void> {
    clearTimeout(this.timer);
    const asked = ++this.asked;
    const notebook = this._notebook;
    if (notebook) {
      const state = await this.looked(notebook);
      // An answer about what was typed over since is left.
      if (asked === this.asked) {
        this.become(state);
      }
    }
  }

  private async looked({ path, content }: IOpenNotebook): Promise<FindingsState> {
    try {
      const answer = await this.api.request('POST', 'check', path, [], { content: content() });
      return { kind: 'ready', checked: parseChecked(answer) };
    } catch (thrown) {
      return { kind: 'failed', problem: Problem.of(thrown) };
    }
  }

  private become(state: FindingsState): void {
    this._state = state;
    this._changed.emit();
  }

  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private _notebook: IOpenNotebook | null = null;
  private _state: FindingsState = { kind: 'none' };
  private readonly _wanted = new Signal<this, void>(this);
  private readonly _changed = new Signal<this, void>(this);
}
