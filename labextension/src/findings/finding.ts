import { fieldsOf, listOf, numberOf, orNull, textOf } from '../runs/parse';

export type Severity = 'error' | 'warning';

/** A place that will hurt. Lines and columns are within the cell, from 1; the end is behind it. */
export interface IFinding {
  readonly rule: string;
  readonly name: string;
  readonly severity: Severity;
  /** The number among the code cells, from 1. */
  readonly cell: number;
  /** Null in notebooks whose cells have none. */
  readonly cellId: string | null;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly message: string;
  readonly fix: string;
}

export interface IChecked {
  readonly findings: readonly IFinding[];
  /** What could not be looked at; '' if all was. */
  readonly remark: string;
}

export function parseChecked(value: unknown): IChecked {
  const { findings, remark } = fieldsOf(value);
  return { findings: listOf(findings, parseFinding), remark: textOf(remark) };
}

function parseFinding(value: unknown): IFinding {
  const fields = fieldsOf(value);
  return {
    rule: textOf(fields['rule']),
    name: textOf(fields['name']),
    severity: fields['severity'] === 'error' ? 'error' : 'warning',
    cell: numberOf(fields['cell']),
    cellId: orNull(fields['cell_id'], textOf),
    line: numberOf(fields['line']),
    column: numberOf(fields['column']),
    endLine: numberOf(fields['end_line']),
    endColumn: numberOf(fields['end_column']),
    message: textOf(fields['message']),
    fix: textOf(fields['fix'])
  };
}
