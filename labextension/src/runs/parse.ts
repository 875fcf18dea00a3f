import { Problem } from './problem';
import type { IGroup, IRunPage, IRunSummary, Json } from './types';

/** The tag of a Run that somebody starred. */
const STARRED = 'starred';

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unexpected('an object', value);
  }
  return value as Fields;
}

export function listOf<T>(value: unknown, parse: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) {
    throw unexpected('a list', value);
  }
  return value.map(parse);
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') {
    throw unexpected('a text', value);
  }
  return value;
}

export function numberOf(value: unknown): number {
  if (typeof value !== 'number') {
    throw unexpected('a number', value);
  }
  return value;
}

/** `null` stays `null`; anything else is parsed. */
export function orNull<T>(value: unknown, parse: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : parse(value);
}

export function mapOf<T>(value: unknown, parse: (item: unknown) => T): Record<string, T> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).map(([name, item]) => [name, parse(item)])
  );
}

/** What `JSON.parse` gave has no other shape than this. */
export function jsonOf(value: unknown): Json {
  return value as Json;
}

export function parseSummary(value: unknown): IRunSummary {
  const fields = fieldsOf(value);
  return {
    run: textOf(fields['run']),
    status: textOf(fields['status']),
    started: numberOf(fields['started']),
    seconds: numberOf(fields['seconds']),
    parameters: mapOf(fields['parameters'], jsonOf),
    metrics: mapOf(fields['metrics'], metric => orNull(metric, numberOf)),
    settings: mapOf(fields['settings'], jsonOf),
    failure: orNull(fields['failure'], textOf),
    stale: listOf(fields['stale'], textOf),
    outOfOrder: fields['out_of_order'] === true,
    starred: listOf(fields['tags'], textOf).includes(STARRED),
    note: orNull(fields['note'], textOf)
  };
}

export function parsePage(value: unknown): IRunPage {
  const fields = fieldsOf(value);
  return {
    runs: listOf(fields['runs'], parseSummary),
    total: numberOf(fields['total']),
    groups: listOf(fields['groups'], parseGroup),
    metrics: listOf(fields['metrics'], textOf),
    parameters: listOf(fields['parameters'], textOf),
    store: textOf(fields['store'])
  };
}

function parseGroup(value: unknown): IGroup {
  const fields = fieldsOf(value);
  return { value: jsonOf(fields['value']), runs: numberOf(fields['runs']) };
}

function unexpected(expected: string, received: unknown): Problem {
  const shown = JSON.stringify(received) as string | undefined;
  return new Problem(
    `Cellmark's server answered ${shown?.slice(0, 80) ?? 'nothing'}; expected ${expected}.`,
    'The server may have another version than this page: restart it, and reload the page.'
  );
}
