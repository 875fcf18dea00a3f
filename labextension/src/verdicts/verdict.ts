import { fieldsOf, listOf, mapOf, numberOf, orNull, textOf } from '../runs/parse';
import type { IRefused } from '../tasks/task';

export const VERDICTS = ['kept', 'frozen', 'rewritten', 'dropped', 'refused'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What packaging makes of a statement; `line` counts from 1 within the cell. */
export interface IJudged {
  readonly cell: number;
  readonly line: number;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly fix: string;
  /** Names of frozen values in the statement -> what they are. */
  readonly frozen: Readonly<Record<string, string>>;
}

export interface IExplained {
  readonly judged: readonly IJudged[];
  readonly derivable: boolean;
  /** What stands in the way and has no place in a cell. */
  readonly atLarge: readonly string[];
}

export function parseExplained(value: unknown): IExplained {
  const fields = fieldsOf(value);
  return {
    judged: listOf(fields['statements'], parseJudged),
    derivable: fields['derivable'] === true,
    atLarge: listOf(fields['refused'], fieldsOf)
      .filter(refused => refused['cell'] === null)
      .map(refused => `${textOf(refused['reason'])}. ${textOf(refused['fix'])}`.trim())
  };
}

function parseJudged(value: unknown): IJudged {
  const fields = fieldsOf(value);
  const word = textOf(fields['verdict']);
  return {
    cell: numberOf(fields['cell']),
    line: numberOf(fields['line']),
    verdict: VERDICTS.find(verdict => verdict === word) ?? 'kept',
    reason: textOf(fields['reason']),
    fix: orNull(fields['fix'], textOf) ?? '',
    frozen: orNull(fields['frozen'], frozen => mapOf(frozen, textOf)) ?? {}
  };
}

/** What was refused as a verdict on its line; none where it is the notebook as a whole. */
export function refusedAsJudged({ cell, line, reason, fix }: IRefused): IJudged[] {
  return cell === null || line === null
    ? []
    : [{ cell, line, verdict: 'refused', reason, fix, frozen: {} }];
}
