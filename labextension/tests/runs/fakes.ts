import { Signal } from '@lumino/signaling';
import type { IRunsApi } from '../../src/runs/api';
import type { ILiveCell, ILiveCells } from '../../src/runs/live';
import type { IGroup, IMarking, IQuery, IRunPage, IRunSummary } from '../../src/runs/types';

export function runOf(at: number, more: Partial<IRunSummary> = {}): IRunSummary {
  return {
    run: `RUN${String(at).padStart(6, '0')}`,
    status: 'ok',
    started: 1.7e9 + at,
    seconds: 2.5,
    parameters: { seed: at },
    metrics: { auc: at / 1000 },
    settings: {},
    failure: null,
    stale: [],
    outOfOrder: false,
    starred: false,
    note: null,
    ...more
  };
}

/** A server with so many Runs; keeps what it was asked. */
export class FakeApi implements IRunsApi {
  constructor(
    public total: number,
    public groups: readonly IGroup[] = []
  ) {}

  readonly asked: { notebook: string; query: IQuery; offset: number }[] = [];
  readonly marked: [string, IMarking][] = [];
  fault: Error | null = null;
  /** The Runs' numbers from the top, where they are not simply counted. */
  numbers: readonly number[] = [];
  /** What every Run has, beside what `runOf` gives it. */
  more: Partial<IRunSummary> = {};
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve();

  async page(notebook: string, query: IQuery, offset: number, limit: number): Promise<IRunPage> {
    this.asked.push({ notebook, query, offset });
    const { total } = this;
    await this.gate;
    if (this.fault) {
      throw this.fault;
    }
    const count = Math.max(0, Math.min(limit, total - offset));
    return {
      runs: Array.from({ length: count }, (_, i) =>
        runOf(this.numbers[offset + i] ?? offset + i, this.more)
      ),
      total,
      groups: this.groups,
      metrics: ['auc'],
      parameters: ['seed'],
      store: '/project/.cellmark'
    };
  }

  mark(_: string, run: string, marking: IMarking): Promise<IRunSummary> {
    this.marked.push([run, marking]);
    return this.fault ? Promise.reject(this.fault) : Promise.resolve(runOf(0, { run }));
  }
}

export class FakeLive implements ILiveCells {
  readonly changed = new Signal<this, void>(this);
  cells: ILiveCell[] = [];

  of(notebook: string | null): readonly ILiveCell[] {
    return this.cells.filter(cell => cell.notebook === notebook);
  }
}
