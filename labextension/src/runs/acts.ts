import type { RunsModel } from './model';
import type { IRunSummary } from './types';

/** What the list asks for on a person's behalf. */
export interface IRunActions {
  open(run: IRunSummary): void;
  /** Show what else can be done with a Run, at this place; `back` when that is shown no longer. */
  offer(run: IRunSummary, x: number, y: number, back: () => void): void;
  note(run: IRunSummary): void;
  restore(run: IRunSummary): void;
  /** Run its notebook anew. */
  rerun(run: IRunSummary): void;
  compare(runs: readonly string[]): void;
  /** Show the cell. */
  jump(cell: string): void;
}

/** What can be done with the Run that the keyboard or the mouse is at. */
export const ACTS = [
  'open',
  'choose',
  'star',
  'note',
  'delete',
  'restore',
  'compare',
  'rerun'
] as const;

export type Act = (typeof ACTS)[number];

export function isAct(word: unknown): word is Act {
  return (ACTS as readonly unknown[]).includes(word);
}

/** Do it; what a person has to be asked, and what is shown elsewhere, is for `actions`. */
export function actOn(run: IRunSummary, act: Act, model: RunsModel, actions: IRunActions): void {
  switch (act) {
    case 'open':
    case 'note':
    case 'restore':
    case 'rerun':
      actions[act](run);
      break;
    case 'choose':
      model.select(toggled(model.selected, run.run));
      break;
    case 'star':
      void model.mark(run.run, { starred: !run.starred });
      break;
    case 'delete':
      void model.mark(run.run, { deleted: true });
      break;
    case 'compare':
      if (canCompare(model)) {
        actions.compare(model.selected);
      }
  }
}

/** One Run alone differs from nothing. */
export function canCompare(model: RunsModel): boolean {
  return model.selected.length > 1;
}

function toggled(chosen: readonly string[], run: string): string[] {
  return chosen.includes(run) ? chosen.filter(other => other !== run) : [...chosen, run];
}
