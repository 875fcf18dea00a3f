import type { IRunSummary } from './types';

/** Which parameters have more than one value among the Runs seen: they are what tells Runs apart. */
export class Varying {
  get names(): ReadonlySet<string> {
    return this._names;
  }

  see(runs: readonly IRunSummary[]): void {
    for (const { parameters } of runs) {
      for (const [name, value] of Object.entries(parameters)) {
        const text = JSON.stringify(value);
        const first = this.first.get(name) ?? text;
        this.first.set(name, first);
        if (text !== first) {
          this._names.add(name);
        }
      }
    }
  }

  forget(): void {
    this.first.clear();
    this._names.clear();
  }

  private readonly first = new Map<string, string>();
  private readonly _names = new Set<string>();
}
