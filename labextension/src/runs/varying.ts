import type { IRunSummary, Json } from './types';

type Given = Readonly<Record<string, string>>;

/**
 * What Runs were given that is not the same in all of those seen: it tells Runs apart. Runs that
 * were given nothing, as one that failed at its first cell, are no measure.
 */
export class Varying {
  get names(): ReadonlySet<string> {
    return this._names;
  }

  see(runs: readonly IRunSummary[]): void {
    for (const run of runs) {
      const given = Object.entries(givenTo(run)).map(([name, value]) => [
        name,
        JSON.stringify(value)
      ]);
      this.known.set(run.run, Object.fromEntries(given) as Given);
    }
    const all = [...this.known.values()].filter(given => Object.keys(given).length > 0);
    const names = new Set(all.flatMap(Object.keys));
    const [first] = all;
    this._names = new Set(
      [...names].filter(name => all.some(given => given[name] !== first?.[name]))
    );
  }

  forget(): void {
    this.known.clear();
    this._names = new Set();
  }

  private readonly known = new Map<string, Given>();
  private _names: ReadonlySet<string> = new Set();
}

/** Its parameters, and where it has none what was chosen for its estimators. */
export function givenTo({ parameters, settings }: IRunSummary): Readonly<Record<string, Json>> {
  return Object.keys(parameters).length > 0 ? parameters : settings;
}
