import { fieldsOf, listOf, numberOf, orNull, textOf } from '../runs/parse';

/** Why something differs, and the first statement whose value does, if a rerun could show it. */
export interface ICause {
  readonly kind: string;
  readonly summary: string;
  readonly evidence: string;
  readonly fix: string;
  readonly cell: number | null;
  readonly line: number | null;
  readonly source: string;
}

export interface IDifference {
  readonly what: string;
  readonly cell: number | null;
  readonly before: string;
  readonly after: string;
  readonly severity: string;
  readonly cause: string | null;
}

export interface IMetricPair {
  readonly name: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** What came of running a Run anew. */
export interface IReproduced {
  readonly reproduced: boolean;
  readonly exact: boolean;
  readonly tolerance: number;
  readonly run: string;
  /** The new Run. */
  readonly rerun: string;
  readonly causes: readonly ICause[];
  /** Those that are neither cosmetic nor within tolerance. */
  readonly real: readonly IDifference[];
  /** How many others there are. */
  readonly passing: number;
  readonly metrics: readonly IMetricPair[];
}

export function parseReproduced(value: unknown): IReproduced {
  const fields = fieldsOf(value);
  const differences = listOf(fields['differences'], parseDifference);
  const real = differences.filter(({ severity }) => severity === 'real');
  return {
    reproduced: fields['reproduced'] === true,
    exact: fields['exact'] === true,
    tolerance: numberOf(fields['tolerance']),
    run: textOf(fields['run']),
    rerun: textOf(fields['rerun']),
    causes: listOf(fields['causes'], parseCause),
    real,
    passing: differences.length - real.length,
    metrics: listOf(fields['metrics'], parseMetric)
  };
}

function parseCause(value: unknown): ICause {
  const fields = fieldsOf(value);
  return {
    kind: textOf(fields['kind']),
    summary: textOf(fields['summary']),
    evidence: textOf(fields['evidence']),
    fix: textOf(fields['fix']),
    cell: orNull(fields['cell'], numberOf),
    line: orNull(fields['line'], numberOf),
    source: textOf(fields['source'])
  };
}

function parseDifference(value: unknown): IDifference {
  const fields = fieldsOf(value);
  return {
    what: textOf(fields['what']),
    cell: orNull(fields['cell'], numberOf),
    before: textOf(fields['before']),
    after: textOf(fields['after']),
    severity: textOf(fields['severity']),
    cause: orNull(fields['cause'], textOf)
  };
}

function parseMetric(value: unknown): IMetricPair {
  const { name, before, after } = fieldsOf(value);
  return {
    name: textOf(name),
    before: orNull(before, numberOf),
    after: orNull(after, numberOf)
  };
}
