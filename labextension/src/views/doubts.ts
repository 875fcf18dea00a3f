import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../runs/dom';
import { told } from '../runs/words';
import { button, section } from './parts';
import type { IShownRun, IStaleInput } from './types';

/** Why a Run's numbers may not be those of the notebook as it stands, and what to do about it. */
export function doubts(
  run: IShownRun,
  trans: TranslationBundle,
  jump: (cell: string) => void
): HTMLElement[] {
  const items = run.stale.map(each => staleItem(each, run, trans, jump));
  if (run.outOfOrder) {
    const words = trans.__(
      'Cells ran in another order than they stand in. Whoever runs the notebook from top to bottom may get other numbers: restart the kernel, run all cells, and compare.'
    );
    items.push(element('li', {}, words));
  }
  return items.length === 0
    ? []
    : [section('doubts', trans.__('Before you trust these numbers'), element('ul', {}, ...items))];
}

function staleItem(
  { name, usedBy, was, now }: IStaleInput,
  { cells }: IShownRun,
  trans: TranslationBundle,
  jump: (cell: string) => void
): HTMLElement {
  const values =
    was === null && now === null ? '' : trans.__(' (%1 then, %2 now)', told(was), told(now));
  const words = trans.__(
    '%1 was changed after a cell had used it%2: what that cell made is of the value before. Run it and the cells below it again.',
    name,
    values
  );
  const user = cells.find(({ id }) => id === usedBy)?.cell ?? null;
  const item = element('li', {}, words);
  if (user !== null) {
    const go = (): void => {
      jump(user);
    };
    item.append(' ', button(trans.__('Go to Cell'), go, trans.__('Show the cell that used it')));
  }
  return item;
}
