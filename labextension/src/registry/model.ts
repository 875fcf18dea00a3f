import { type ISignal, Signal } from '@lumino/signaling';
import type { RunsApi } from '../runs/api';
import { Problem } from '../runs/problem';
import { parseModels } from './parse';
import type { IModel } from './types';

/** What is known of the models in the project of the notebook in front. */
export type RegistryState =
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'ready'; readonly models: readonly IModel[] };

/** The registry of the project that the notebook in front belongs to. */
export class RegistryModel {
  constructor(private readonly api: Pick<RunsApi, 'request'>) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): RegistryState {
    return this._state;
  }

  get notebook(): string | null {
    return this._notebook;
  }

  /** Show another notebook's project; null: none. */
  async show(notebook: string | null): Promise<void> {
    if (notebook !== this._notebook) {
      this._notebook = notebook;
      this.become({ kind: 'none' });
    }
    await this.refresh();
  }

  /** Ask anew. An answer that another notebook overtook is left. */
  async refresh(): Promise<void> {
    const notebook = this._notebook;
    if (notebook === null) {
      return;
    }
    const state = await this.asked(notebook);
    if (notebook === this._notebook) {
      this.become(state);
    }
  }

  private async asked(notebook: string): Promise<RegistryState> {
    try {
      const answer = await this.api.request('GET', 'models', notebook);
      return { kind: 'ready', models: parseModels(answer) };
    } catch (thrown) {
      return { kind: 'failed', problem: Problem.of(thrown) };
    }
  }

  private become(state: RegistryState): void {
    this._state = state;
    this._changed.emit();
  }

  private _state: RegistryState = { kind: 'none' };
  private _notebook: string | null = null;
  private readonly _changed = new Signal<this, void>(this);
}
