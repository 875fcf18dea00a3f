import type { IRunSummary, Json } from './types';

/** What Runs were given that has more than one value among those seen: it tells Runs apart. */
export class Varying {
  get names(): ReadonlySet<string> {
    return this._names;
  }

  see(runs: readonly IRunSummary[]): void {
    for (const run of runs) {
      for (const [name, value] of Object.entries(givenTo(run))) {
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

/** Its parameters, and where it has none what was chosen for its estimators. */
export function givenTo({ parameters, settings }: IRunSummary): Readonly<Record<string, Json>> {
  return Object.keys(parameters).length > 0 ? parameters : settings;
}
