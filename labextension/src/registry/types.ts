/** One version of a model, as the registry keeps it. */
export interface IVersion {
  readonly version: number;
  readonly registered: string;
  readonly by: string;
  readonly digest: string;
  readonly aliases: readonly string[];
}

/** A model; its versions are the newest first. */
export interface IModel {
  readonly model: string;
  readonly versions: readonly IVersion[];
}

/** What happened to a model, in a line, and whether the record of it holds. */
export interface IHistory {
  readonly events: readonly IEvent[];
  readonly faults: readonly string[];
}

export interface IEvent {
  readonly at: string;
  readonly who: string;
  readonly version: number;
  readonly before: number | null;
  /** Null where a version was registered. */
  readonly alias: string | null;
  readonly reason: string;
}
