import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../runs/dom';
import type { IRefused } from '../tasks/task';
import { button, section } from '../views/parts';

export interface IRefusalActions {
  /** Show the line in the notebook. */
  jump(cell: number, line: number): void;
  /** Begin anew with a choice: what is chosen, and the name. */
  choose(what: string, name: string): void;
}

/** All that stands in the way, each with its reason, what to do, and the way there. */
export function refusals(
  refused: readonly IRefused[],
  actions: IRefusalActions,
  trans: TranslationBundle
): HTMLElement {
  const items = refused.map(each => drawRefused(each, actions, trans));
  const title = trans._n('What stands in the way', 'What stands in the way (%1)', items.length);
  return section('refusals', title, element('ol', { class: 'jp-Cellmark-refusals' }, ...items));
}

function drawRefused(
  refused: IRefused,
  actions: IRefusalActions,
  trans: TranslationBundle
): HTMLElement {
  const { source, reason, fix } = refused;
  const item = element('li', {}, placeOf(refused, actions, trans));
  if (source !== '') {
    item.append(element('pre', { class: 'jp-Cellmark-code', tabindex: '0' }, source));
  }
  item.append(element('p', { class: 'jp-Cellmark-reason' }, capital(reason)));
  if (fix !== '') {
    item.append(element('p', {}, element('strong', {}, trans.__('Fix:')), ` ${fix}`));
  }
  const choices = Object.entries(refused.choose).flatMap(([what, names]) =>
    names.map(name =>
      button(trans.__('Package with %1', name), () => {
        actions.choose(what, name);
      })
    )
  );
  if (choices.length > 0) {
    item.append(element('div', { class: 'jp-Cellmark-buttons' }, ...choices));
  }
  return item;
}

function placeOf(
  { cell, line }: IRefused,
  actions: IRefusalActions,
  trans: TranslationBundle
): HTMLElement {
  if (cell === null) {
    return element('strong', {}, trans.__('The notebook as a whole'));
  }
  const words =
    line === null ? trans.__('Cell %1', cell) : trans.__('Cell %1, line %2', cell, line);
  const jump = button(words, () => {
    actions.jump(cell, line ?? 1);
  });
  jump.title = trans.__('Show it in the notebook');
  return jump;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
