import { type ISignal, Signal } from '@lumino/signaling';
import type { IRunsApi } from './api';
import { Layout } from './layout';
import type { ILiveCells } from './live';
import { Problem } from './problem';
import { type IMarking, type IQuery, type IRunPage, type IRunSummary, NEWEST_FIRST } from './types';
import { Varying } from './varying';

/** Enough for some screens, and quick to answer. */
export const PAGE = 100;

/** What is known of a notebook's Runs. `page` is any of the pages, for what it says of them all. */
export type RunsState =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'ready'; readonly page: IRunPage };

/** The Runs of the notebook in front, as far as somebody looks at them. */
export class RunsModel {
  constructor(
    private readonly api: IRunsApi,
    readonly live: ILiveCells
  ) {
    live.changed.connect(this.announce, this);
  }

  /** Emitted when anything that is shown may be another. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when a Run was deleted, which can be taken back. */
  get deleted(): ISignal<this, IRunSummary> {
    return this._deleted;
  }

  /** Emitted when a change that a person asked for did not come about. */
  get failed(): ISignal<this, Problem> {
    return this._failed;
  }

  /** Those deleted since the notebook came into view, the last one last. */
  get deletions(): readonly string[] {
    return this._deletions;
  }

  get state(): RunsState {
    return this._state;
  }

  get notebook(): string | null {
    return this._notebook;
  }

  get query(): IQuery {
    return this._query;
  }

  get selected(): readonly string[] {
    return [...this._selected];
  }

  /** The parameters by which the Runs that are there differ. */
  get varying(): ReadonlySet<string> {
    return this._varying.names;
  }

  /** Metrics that the list tells first. */
  get foremost(): readonly string[] {
    return this._foremost;
  }

  set foremost(metrics: readonly string[]) {
    this._foremost = metrics;
    this.announce();
  }

  get layout(): Layout {
    const live = this.live.of(this._notebook).length;
    return this._state.kind === 'ready'
      ? new Layout(live, this._state.page.total, this._state.page.groups)
      : new Layout(live, 0, []);
  }

  /** The Run at this place among all that fit, if it is there already. */
  runAt(at: number): IRunSummary | undefined {
    return this.pages.get(Math.floor(at / PAGE))?.runs[at % PAGE];
  }

  /** The place of a Run among all that fit, if it is there already. */
  placeOf(run: string): number | undefined {
    for (const [page, { runs }] of this.pages) {
      const at = runs.findIndex(each => each.run === run);
      if (at >= 0) {
        return page * PAGE + at;
      }
    }
    return undefined;
  }

  /** Show another notebook's Runs; null is none. */
  async show(notebook: string | null): Promise<void> {
    if (notebook === this._notebook) {
      return;
    }
    this._notebook = notebook;
    this._selected.clear();
    this._deletions = [];
    this._varying.forget();
    this._query = { ...this._query, where: '', group: '' };
    await this.restart();
  }

  async ask(wish: Partial<IQuery>): Promise<void> {
    const query = { ...this._query, ...wish };
    if (JSON.stringify(query) !== JSON.stringify(this._query)) {
      this._query = query;
      await this.restart();
    }
  }

  /** Have the Runs at these places there. */
  async ensure(first: number, last: number): Promise<void> {
    const wanted: Promise<void>[] = [];
    this.inView.clear();
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
      this.inView.add(page);
      if (!this.pages.has(page) && !this.asked.has(page)) {
        wanted.push(this.fetch(page));
      }
    }
    await Promise.all(wanted);
  }

  /** Ask anew for what is looked at; what is shown stays until the answer is there. */
  async refresh(inView: Iterable<number> = this.inView): Promise<void> {
    if (this._notebook === null) {
      return;
    }
    this.generation++;
    this.asked.clear();
    const pages = new Set(inView);
    if (pages.size === 0) {
      pages.add(0);
    }
    for (const page of this.pages.keys()) {
      if (!pages.has(page)) {
        this.pages.delete(page);
      }
    }
    await Promise.all([...pages].map(page => this.fetch(page)));
  }

  /** Choose Runs, to compare them or to delete them. */
  select(runs: Iterable<string>): void {
    this._selected = new Set(runs);
    this.announce();
  }

  async mark(run: string, marking: IMarking): Promise<void> {
    const notebook = this._notebook;
    if (notebook === null) {
      return;
    }
    try {
      const marked = await this.api.mark(notebook, run, marking);
      if (marking.deleted !== undefined) {
        this._deletions = this._deletions.filter(each => each !== run);
      }
      if (marking.deleted === true) {
        this._deletions.push(run);
        this._selected.delete(run);
        this._deleted.emit(marked);
      }
    } catch (thrown) {
      this._failed.emit(Problem.of(thrown));
    }
    await this.refresh();
  }

  /** Bring back the Run that was deleted last, each one once however soon this is asked again. */
  async undelete(): Promise<void> {
    const run = this._deletions.pop();
    if (run !== undefined) {
      await this.mark(run, { deleted: false });
    }
  }

  private async restart(): Promise<void> {
    this.pages.clear();
    this.inView.clear();
    this._state = { kind: this._notebook === null ? 'none' : 'loading' };
    this.announce();
    await this.refresh([0]);
  }

  private async fetch(page: number): Promise<void> {
    const { generation, _notebook: notebook } = this;
    if (notebook === null) {
      return;
    }
    this.asked.add(page);
    try {
      const found = await this.api.page(notebook, this._query, page * PAGE, PAGE);
      this.take(generation, () => {
        this.pages.set(page, found);
        this._varying.see(found.runs);
        this._state = { kind: 'ready', page: found };
      });
    } catch (thrown) {
      this.take(generation, () => {
        this._state = { kind: 'failed', problem: Problem.of(thrown) };
      });
    }
  }

  /** An answer to a question that is no longer asked is passed over. */
  private take(generation: number, change: () => void): void {
    if (generation === this.generation) {
      change();
      this.announce();
    }
  }

  private announce(): void {
    this._changed.emit();
  }

  private generation = 0;
  private readonly pages = new Map<number, IRunPage>();
  private readonly asked = new Set<number>();
  private readonly inView = new Set<number>();
  private _notebook: string | null = null;
  private _query: IQuery = NEWEST_FIRST;
  private _deletions: string[] = [];
  private _selected = new Set<string>();
  private _state: RunsState = { kind: 'none' };
  private _foremost: readonly string[] = [];
  private readonly _varying = new Varying();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _deleted = new Signal<this, IRunSummary>(this);
  private readonly _failed = new Signal<this, Problem>(this);
}
