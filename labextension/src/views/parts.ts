import type { TranslationBundle } from '@jupyterlab/translation';
import { isRole } from '../roles';
import { element } from '../runs/dom';
import { wordingOf } from '../wording';

/** A part of a view below a heading; `kind` is what tests and styles know it by. */
export function section(kind: string, title: string, ...content: (Node | string)[]): HTMLElement {
  const heading = element('h2', { class: 'jp-Cellmark-heading' }, title);
  return element(
    'section',
    { class: `jp-Cellmark-section jp-Cellmark-of-${kind}`, 'aria-label': title },
    heading,
    ...content
  );
}

/** A table that scrolls by itself where it is too wide, by keyboard too. */
export function table(
  caption: string,
  headings: readonly (Node | string)[],
  rows: readonly HTMLTableRowElement[]
): HTMLElement {
  const head = element('tr', {}, ...headings.map(words => element('th', { scope: 'col' }, words)));
  const made = element(
    'table',
    { class: 'jp-Cellmark-table', 'aria-label': caption },
    element('thead', {}, head),
    element('tbody', {}, ...rows)
  );
  return element(
    'div',
    { class: 'jp-Cellmark-tableFrame', tabindex: '0', role: 'group', 'aria-label': caption },
    made
  );
}

/** A row that begins with what it is about. */
export function row(name: string, ...cells: (Node | string)[]): HTMLTableRowElement {
  return element(
    'tr',
    {},
    element('th', { scope: 'row', title: name }, name),
    ...cells.map(content => element('td', {}, content))
  );
}

/** A cell's roles as the notebook shows them. */
export function chips(roles: readonly string[], trans: TranslationBundle): HTMLElement {
  const made = roles.filter(isRole).map(role => {
    const { name, caption } = wordingOf(role, trans);
    const about = { class: 'jp-Cellmark-chip', 'data-role': role, title: caption };
    return element('span', about, name);
  });
  return element('span', { class: 'jp-Cellmark-chipLine' }, ...made);
}

export function button(label: string, press: () => void, title = label): HTMLButtonElement {
  const made = element('button', { type: 'button', class: 'jp-Cellmark-button', title }, label);
  made.addEventListener('click', press);
  return made;
}
