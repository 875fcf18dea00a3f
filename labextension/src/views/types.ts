import type { IOutput } from '@jupyterlab/nbformat';
import {
  fieldsOf,
  jsonOf,
  listOf,
  mapOf,
  numberOf,
  orNull,
  parseSummary,
  textOf
} from '../runs/parse';
import type { IRunSummary, Json } from '../runs/types';

/** An input that got another value after the cell that ran as `usedBy` had used it. */
export interface IStaleInput {
  readonly name: string;
  readonly usedBy: string;
  /** Values where they are plain. */
  readonly was: Json;
  readonly now: Json;
}

/** A tagged cell as it ran, and what it showed; `id` is of this execution. */
export interface IShownCell {
  readonly id: string;
  readonly cell: string | null;
  readonly roles: readonly string[];
  readonly source: string;
  readonly status: string;
  readonly seconds: number;
  /** The most memory that the kernel held meanwhile, in bytes; null where that is not known. */
  readonly peak: number | null;
  readonly outputs: readonly IOutput[];
}

export interface IShownMetric {
  readonly name: string;
  readonly value: number | null;
  readonly source: string;
  readonly confidence: number;
}

export interface IShownData {
  readonly name: string;
  readonly shape: readonly number[];
  readonly columns: readonly { name: string; dtype: string }[];
  readonly digest: string;
}

/** A fitted estimator; `chosen` are its parameters that are no defaults. */
export interface IShownEstimator {
  readonly name: string;
  readonly type: string;
  readonly chosen: Readonly<Record<string, Json>>;
}

export interface IShownRun {
  readonly run: string;
  /** The notebook's path in its project. */
  readonly experiment: string;
  readonly status: string;
  readonly started: number;
  readonly seconds: number;
  readonly note: string | null;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly metrics: readonly IShownMetric[];
  readonly data: readonly IShownData[];
  readonly estimators: readonly IShownEstimator[];
  readonly python: string | null;
  readonly packages: Readonly<Record<string, string>>;
  readonly git: string | null;
  readonly failure: { error: string; traceback: string } | null;
  readonly stale: readonly IStaleInput[];
  readonly outOfOrder: boolean;
  readonly cells: readonly IShownCell[];
  /** Whether the whole notebook was kept, with its outputs. */
  readonly hasNotebook: boolean;
}

export interface IComparedValue {
  readonly name: string;
  readonly column: string | null;
  readonly values: readonly Json[];
  readonly same: boolean;
}

export interface IComparedCell {
  readonly roles: readonly string[];
  readonly sources: readonly (string | null)[];
  readonly same: boolean;
}

export interface IComparison {
  readonly runs: readonly IRunSummary[];
  readonly parameters: readonly IComparedValue[];
  readonly metrics: readonly IComparedValue[];
  readonly code: readonly IComparedCell[];
  readonly data: readonly IComparedValue[];
  readonly environment: readonly IComparedValue[];
}

export function parseShown(value: unknown): IShownRun {
  const whole = fieldsOf(value);
  const run = fieldsOf(whole['run']);
  const environment = orNull(run['environment'], fieldsOf);
  const outputs = outputsByCell(whole['outputs']);
  const git = orNull(run['git'], fieldsOf);
  return {
    run: textOf(run['id']),
    experiment: textOf(run['experiment']),
    status: textOf(run['status']),
    started: numberOf(run['started']),
    seconds: numberOf(whole['seconds']),
    note: orNull(run['note'], textOf),
    parameters: mapOf(run['parameters'], jsonOf),
    metrics: latest(run['metrics']),
    data: Object.entries(fieldsOf(run['data'])).map(([name, data]) => parseData(name, data)),
    estimators: listOf(run['estimators'], parseEstimator),
    python: environment && textOf(environment['python']),
    packages: environment ? mapOf(environment['packages'], textOf) : {},
    git: git && orNull(git['commit'], textOf),
    failure: orNull(run['failure'], parseFailure),
    stale: listOf(run['stale'], parseStale),
    outOfOrder: run['out_of_order'] === true,
    cells: listOf(run['cells'], cell => parseCell(cell, outputs)),
    hasNotebook: run['notebook'] !== null
  };
}

export function parseComparison(value: unknown): IComparison {
  const fields = fieldsOf(value);
  return {
    runs: listOf(fields['runs'], parseSummary),
    parameters: listOf(fields['parameters'], parseComparedValue),
    metrics: listOf(fields['metrics'], parseComparedValue),
    code: listOf(fields['code'], parseComparedCell),
    data: listOf(fields['data'], parseComparedValue),
    environment: listOf(fields['environment'], parseComparedValue)
  };
}

function outputsByCell(value: unknown): Map<string, IOutput[]> {
  const shown = listOf(value, fieldsOf);
  return new Map(
    shown.map(({ cell_id: cell, outputs }) => [
      textOf(cell),
      listOf(outputs, output => fieldsOf(output) as unknown as IOutput)
    ])
  );
}

/** Sources of metrics that are one of several. */
const PARTS = new Set(['fold', 'candidate']);

/** The newest value of each metric; single folds and candidates are left out. */
function latest(value: unknown): IShownMetric[] {
  return listOf(value, fieldsOf)
    .filter(metric => metric['latest'] === true && !PARTS.has(textOf(metric['source'])))
    .map(metric => ({
      name: textOf(metric['name']),
      value: orNull(metric['value'], numberOf),
      source: textOf(metric['source']),
      confidence: numberOf(metric['confidence'])
    }));
}

function parseData(name: string, value: unknown): IShownData {
  const fields = fieldsOf(value);
  return {
    name,
    shape: listOf(fields['shape'], numberOf),
    columns: listOf(fields['columns'], parseColumn),
    digest: textOf(fields['digest'])
  };
}

function parseColumn(value: unknown): { name: string; dtype: string } {
  const fields = fieldsOf(value);
  return { name: textOf(fields['name']), dtype: textOf(fields['dtype']) };
}

function parseEstimator(value: unknown): IShownEstimator {
  const fields = fieldsOf(value);
  const all = orNull(fields['parameters'], each => mapOf(each, jsonOf)) ?? {};
  const chosen = orNull(fields['chosen'], names => listOf(names, textOf)) ?? [];
  return {
    name: textOf(fields['name']),
    type: textOf(fields['type']),
    chosen: Object.fromEntries(chosen.map(name => [name, all[name] ?? null]))
  };
}

function parseFailure(value: unknown): { error: string; traceback: string } {
  const fields = fieldsOf(value);
  return { error: textOf(fields['error']), traceback: textOf(fields['traceback']) };
}

function parseStale(value: unknown): IStaleInput {
  const fields = fieldsOf(value);
  return {
    name: textOf(fields['name']),
    usedBy: textOf(fields['used_by']),
    was: jsonOf(fields['was'] ?? null),
    now: jsonOf(fields['now'] ?? null)
  };
}

function parseCell(value: unknown, outputs: Map<string, IOutput[]>): IShownCell {
  const fields = fieldsOf(value);
  const cell = orNull(fields['cell_id'], textOf);
  return {
    id: textOf(fields['id']),
    cell,
    roles: listOf(fields['roles'], textOf),
    source: textOf(fields['source']),
    status: textOf(fields['status']),
    seconds: numberOf(fields['seconds']),
    peak: orNull(fields['peak'], numberOf),
    outputs: outputs.get(cell ?? '') ?? []
  };
}

function parseComparedValue(value: unknown): IComparedValue {
  const fields = fieldsOf(value);
  return {
    name: textOf(fields['name']),
    column: orNull(fields['column'], textOf),
    values: listOf(fields['values'], jsonOf),
    same: fields['same'] === true
  };
}

function parseComparedCell(value: unknown): IComparedCell {
  const fields = fieldsOf(value);
  return {
    roles: listOf(fields['roles'], textOf),
    sources: listOf(fields['sources'], source => orNull(source, textOf)),
    same: fields['same'] === true
  };
}
