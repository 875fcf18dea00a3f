/** A value that came as JSON. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A Run in one line. */
export interface IRunSummary {
  readonly run: string;
  readonly status: string;
  /** Seconds since 1970. */
  readonly started: number;
  readonly seconds: number;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly metrics: Readonly<Record<string, number | null>>;
  /** What was chosen for its estimators, by names such as `model.C`. */
  readonly settings: Readonly<Record<string, Json>>;
  /** The error that ended it. */
  readonly failure: string | null;
  /** Names of inputs that had changed when they were used. */
  readonly stale: readonly string[];
  /** Whether cells ran in another order than they stand in. */
  readonly outOfOrder: boolean;
  readonly starred: boolean;
  readonly note: string | null;
}

/** The value that some Runs have in common, and their number. */
export interface IGroup {
  readonly value: Json;
  readonly runs: number;
}

export interface IRunPage {
  readonly runs: readonly IRunSummary[];
  readonly total: number;
  readonly groups: readonly IGroup[];
  readonly metrics: readonly string[];
  readonly parameters: readonly string[];
  readonly store: string;
}

/** Which Runs are shown, and in which order; an empty text is no wish. */
export interface IQuery {
  readonly where: string;
  readonly sort: string;
  readonly group: string;
}

/** What to say of a Run; what is left out stays as it is. */
export interface IMarking {
  readonly starred?: boolean;
  readonly note?: string;
  readonly deleted?: boolean;
}

export const NEWEST_FIRST: IQuery = { where: '', sort: '', group: '' };
