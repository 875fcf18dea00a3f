import { fieldsOf, listOf, mapOf, numberOf, orNull, textOf } from '../runs/parse';

/** One way in which the scoring module was compared with the notebook. */
export interface ICheck {
  readonly name: string;
  readonly rows: number;
  readonly difference: number;
}

/** What a bundle does with rows of one kind; `isUsual` where nobody chose it. */
export interface IPolicy {
  readonly name: string;
  readonly value: string;
  readonly said: string;
  readonly isUsual: boolean;
}

export interface IBundle {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly rows: number;
  readonly difference: number;
  readonly checks: readonly ICheck[];
  readonly unproven: readonly string[];
  readonly policies: readonly IPolicy[];
  /** Values that run code when they are loaded -> why they are kept so. */
  readonly joblib: Readonly<Record<string, string>>;
  /** The model card, in Markdown. */
  readonly card: string;
}

/** What a task says of the bundle that it built. */
export interface IPackaged {
  /** The bundle's folder, beside the notebook. */
  readonly folder: string;
  /** How many statements have which verdict. */
  readonly statements: Readonly<Record<string, number>>;
  readonly hidden: readonly { cell: number; saved: string; now: string; why: string }[];
  /** The version before, and in what this one differs from it: kind -> how often. */
  readonly since: { version: number; changes: Readonly<Record<string, number>> } | null;
}

export function parseBundle(value: unknown): IBundle {
  const fields = fieldsOf(value);
  const proof = fieldsOf(fields['proof']);
  return {
    name: textOf(fields['name']),
    version: numberOf(fields['version']),
    digest: textOf(fields['digest']),
    rows: numberOf(proof['rows']),
    difference: numberOf(proof['max_abs_difference']),
    checks: listOf(proof['checks'], parseCheck),
    unproven: orNull(proof['unproven'], each => listOf(each, textOf)) ?? [],
    policies: listOf(fields['policies'], parsePolicy),
    joblib: mapOf(fields['joblib'], textOf),
    card: textOf(fields['card'])
  };
}

export function parsePackaged(value: unknown): IPackaged {
  const fields = fieldsOf(value);
  return {
    folder: textOf(fields['bundle']),
    statements: mapOf(fields['statements'], numberOf),
    hidden: listOf(fields['hidden_state'], each => {
      const { cell, saved, now, why } = fieldsOf(each);
      return { cell: numberOf(cell), saved: textOf(saved), now: textOf(now), why: textOf(why) };
    }),
    since: orNull(fields['changes'], parseChanges)
  };
}

const KINDS = ['code', 'constants', 'parameters', 'packages', 'data'];

function parseChanges(value: unknown): IPackaged['since'] {
  const fields = fieldsOf(value);
  const counts = KINDS.map(kind => [kind, listOf(fields[kind], each => each).length] as const);
  const changes = Object.fromEntries(counts.filter(([, count]) => count > 0));
  return { version: numberOf(fields['since']), changes };
}

function parseCheck(value: unknown): ICheck {
  const fields = fieldsOf(value);
  return {
    name: textOf(fields['name']),
    rows: numberOf(fields['rows']),
    difference: numberOf(fields['max_abs_difference'])
  };
}

function parsePolicy(value: unknown): IPolicy {
  const fields = fieldsOf(value);
  return {
    name: textOf(fields['name']),
    value: textOf(fields['value']),
    said: textOf(fields['said']),
    isUsual: fields['usual'] === true
  };
}
