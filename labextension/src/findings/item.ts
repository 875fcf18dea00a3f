import type { TranslationBundle } from '@jupyterlab/translation';
import { coded, element } from '../runs/dom';
import { button } from '../views/parts';
import type { IFinding } from './finding';

/** What can be done about a finding. */
export interface IFindingActions {
  jump(finding: IFinding): void;
  /** Show what the documentation says of the rule. */
  explain(rule: string): void;
  silence(finding: IFinding): void;
}

/** A finding: how grave, by which rule, what is wrong, what to write instead. */
export function findingItem(
  finding: IFinding,
  actions: IFindingActions,
  trans: TranslationBundle
): HTMLElement {
  const { rule, name, severity, message, fix } = finding;
  const grave = severity === 'error' ? trans.__('Error') : trans.__('Warning');
  const why = button(trans.__('Why?'), () => {
    actions.explain(rule);
  });
  why.title = trans.__('What the documentation says of %1', rule);
  const hush = button(trans.__('Silence'), () => {
    actions.silence(finding);
  });
  hush.title = trans.__('Tag the cell cellmark-ignore-%1: the rule then says nothing of it', rule);
  return element(
    'div',
    { class: 'jp-Cellmark-findingItem', 'data-severity': severity, 'data-rule': rule },
    element(
      'p',
      { class: 'jp-Cellmark-findingRule' },
      element('strong', { class: 'jp-Cellmark-severity' }, grave),
      ` ${rule} ${name}`
    ),
    element('p', {}, ...coded(message)),
    fix === '' ? '' : element('p', { class: 'jp-Cellmark-fix' }, ...coded(fix)),
    element('div', { class: 'jp-Cellmark-buttons' }, why, hush)
  );
}

export function placeButton(
  finding: IFinding,
  actions: IFindingActions,
  trans: TranslationBundle
): HTMLElement {
  const { cell, line } = finding;
  const made = button(trans.__('Cell %1, line %2', cell, line), () => {
    actions.jump(finding);
  });
  made.title = trans.__('Show it in the notebook');
  made.classList.add('jp-Cellmark-place');
  return made;
}
