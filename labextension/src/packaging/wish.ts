import type { ITaskRequest } from '../tasks/task';

/** What a person wants packaged, and how what the notebook leaves open is decided. */
export interface IWish {
  readonly name: string;
  /** `model`, `frame`, `answer` -> the author's name for it. */
  readonly choices: Readonly<Record<string, string>>;
  /** Only those that are not as the notebook has them. */
  readonly policies: Readonly<Record<string, string>>;
}

/** Names that a choice may take: `model` -> `a`, `b`. */
export type Choosable = Readonly<Record<string, readonly string[]>>;

const NAME = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/;

/** Each policy with its values, the usual one first. */
export const POLICIES = {
  unseen_category: ['reject', 'other', 'missing'],
  filtered_row: ['reject', 'score'],
  unexpected_missing: ['reject', 'score'],
  extra_column: ['ignore', 'reject']
} as const satisfies Record<string, readonly string[]>;

export type PolicyName = keyof typeof POLICIES;

export function isModelName(name: string): boolean {
  return NAME.test(name);
}

/** The name that a notebook's model has if nobody says otherwise. */
export function nameFor(notebook: string): string {
  const stem = notebook.slice(notebook.lastIndexOf('/') + 1).replace(/\.ipynb$/, '');
  const name = stem.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return name.replace(/^-+|-+$/g, '') || 'model';
}

export function requestOf({ name, choices, policies }: IWish): ITaskRequest {
  return { kind: 'package', name, ...choices, policies };
}
