import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { runRow } from '../../src/runs/row';
import { type IRunSummary, NEWEST_FIRST } from '../../src/runs/types';
import { Varying } from '../../src/runs/varying';
import { runOf } from './fakes';

const trans = nullTranslator.load('cellmark');

/** The row of the first of these Runs. */
function rowOf(...given: Partial<IRunSummary>[]): HTMLElement {
  const runs = given.map((more, at) => runOf(at, more));
  const varying = new Varying();
  varying.see(runs);
  const context = { trans, query: NEWEST_FIRST, foremost: [], selected: false, active: false };
  return runRow(runs[0] ?? runOf(0), { ...context, varying: varying.names });
}

function givenIn(row: HTMLElement): HTMLElement | null {
  return row.querySelector('.jp-Cellmark-given');
}

describe('a Run’s row', () => {
  it('tells the parameters by which runs differ, and where none does all of them', () => {
    const one = { parameters: { file: 'a.csv', seed: 1 } };
    const row = rowOf(one, { parameters: { file: 'a.csv', seed: 2 } });
    expect(givenIn(row)?.textContent).toBe('seed 1 ');
    expect(givenIn(row)?.title).toBe('seed 1\nfile a.csv');
    expect(givenIn(rowOf(one))?.textContent).toBe('file a.csv seed 1 ');
  });

  it('tells what was chosen for estimators where there are no parameters', () => {
    const row = rowOf({ parameters: {}, settings: { 'model.C': 0.5 } });
    expect(givenIn(row)?.textContent).toBe('model.C 0.5 ');
    expect(givenIn(rowOf({ parameters: {} }))?.textContent).toBe('no parameters');
  });

  it('tells a choice that other runs left at its default', () => {
    const given = (settings: IRunSummary['settings']): Partial<IRunSummary> => ({
      parameters: {},
      settings
    });
    const row = rowOf(given({ 'm.C': 0.01, 'm.tol': 1 }), given({ 'm.tol': 1 }), given({}));
    expect(givenIn(row)?.textContent).toBe('m.C 0.01 ');
  });

  it('tells why a run failed', () => {
    const failed = { status: 'failed', metrics: {}, failure: "KeyError: 'age'" };
    expect(rowOf(failed).textContent).toContain("KeyError: 'age'");
  });

  it('tells that an input was stale, and that cells ran out of order', () => {
    const doubts = (more: Partial<IRunSummary>): [string | null, string][] =>
      [...rowOf(more).querySelectorAll<HTMLElement>('.jp-Cellmark-doubt')].map(each => [
        each.textContent,
        each.title
      ]);
    expect(doubts({})).toEqual([]);
    expect(doubts({ stale: ['C', 'rows'], outOfOrder: true })).toEqual([
      ['stale', 'C, rows changed after a cell of this run had used it; open the run'],
      ['out of order', 'Cells ran in another order than they stand in; open the run']
    ]);
  });

  it('tells a note in place of parameters', () => {
    const row = rowOf({ note: 'the one to ship' });
    expect(givenIn(row)?.textContent).toBe('the one to ship');
    expect(givenIn(row)?.title).toBe('the one to ship\nseed 0');
  });
});
