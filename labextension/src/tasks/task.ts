import { fieldsOf, listOf, mapOf, numberOf, orNull, textOf } from '../runs/parse';

export type TaskKind = 'explain' | 'package' | 'register' | 'promote' | 'reproduce';

/** What the server is asked to do; the parts besides `kind` are as its OpenAPI file says. */
export interface ITaskRequest {
  readonly kind: TaskKind;
  readonly name?: string;
  readonly model?: string;
  readonly frame?: string;
  readonly answer?: string;
  readonly policies?: Readonly<Record<string, string>>;
  readonly alias?: string;
  readonly reason?: string;
  readonly env?: 'current' | 'locked';
}

const STATES = ['running', 'done', 'failed', 'cancelled'] as const;
export type TaskState = (typeof STATES)[number];

/** A part of the work. `began` counts seconds since 1970; `detail` says how far it is, if it does. */
export interface IStage {
  readonly said: string;
  readonly began: number;
  readonly detail: string;
}

/** What stands in the way of work on a notebook; `cell` and `line` are null where it is all of it. */
export interface IRefused {
  readonly cell: number | null;
  readonly line: number | null;
  readonly source: string;
  readonly reason: string;
  readonly fix: string;
  /** What a choice would mend: `model`, `frame` or `answer` -> the names that may be chosen. */
  readonly choose: Readonly<Record<string, readonly string[]>>;
}

/** Long work on a notebook, as the server tells of it. */
export interface ITask {
  readonly id: string;
  readonly kind: string;
  /** What it is about: a model's name, a Run, a bundle's folder. */
  readonly name: string;
  readonly state: TaskState;
  /** What is being done. */
  readonly stage: string;
  readonly stages: readonly IStage[];
  readonly started: number;
  readonly ended: number | null;
  readonly result: unknown;
  readonly problem: string | null;
  readonly refused: readonly IRefused[];
}

/** A notebook's tasks, the newest first. */
export function parseTasks(value: unknown): ITask[] {
  return listOf(fieldsOf(value)['tasks'], parseTask);
}

export function parseTask(value: unknown): ITask {
  const fields = fieldsOf(value);
  const state = textOf(fields['state']);
  const problem = orNull(fields['problem'], fieldsOf);
  return {
    id: textOf(fields['id']),
    kind: textOf(fields['kind']),
    name: orNull(fieldsOf(fields['about'])['name'], textOf) ?? '',
    state: STATES.find(known => known === state) ?? 'failed',
    stage: textOf(fields['stage']),
    stages: listOf(fields['stages'], parseStage),
    started: numberOf(fields['started']),
    ended: orNull(fields['ended'], numberOf),
    result: fields['result'],
    problem: problem && textOf(problem['detail']),
    refused: problem ? listOf(problem['refused'], parseRefused) : []
  };
}

function parseStage(value: unknown): IStage {
  const { said, began, detail } = fieldsOf(value);
  return { said: textOf(said), began: numberOf(began), detail: textOf(detail) };
}

function parseRefused(value: unknown): IRefused {
  const fields = fieldsOf(value);
  return {
    cell: orNull(fields['cell'], numberOf),
    line: orNull(fields['line'], numberOf),
    source: textOf(fields['source']),
    reason: textOf(fields['reason']),
    fix: textOf(fields['fix']),
    choose: mapOf(fields['choose'], names => listOf(names, textOf))
  };
}
