import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from './dom';
import type { ILiveCell } from './live';
import type { IGroup, IQuery, IRunSummary } from './types';
import { brief, duration, short, told, when } from './words';

/** Pixels; the style sheet has the same. */
export const ROW_HEIGHT = 48;

const SHOWN_METRICS = 2;
const SHOWN_PARAMETERS = 4;

export interface IRowContext {
  readonly trans: TranslationBundle;
  readonly query: IQuery;
  readonly selected: boolean;
  /** Whether the Tab key leads to this row. */
  readonly active: boolean;
}

/** A Run as a row: a box to choose it, what it was given, what came of it, its star. */
export function runRow(run: IRunSummary, context: IRowContext): HTMLElement {
  const { trans, selected } = context;
  const failed = run.status === 'failed';
  const row = rowElement('jp-Cellmark-run', context);
  row.dataset['run'] = run.run;
  row.setAttribute('aria-selected', String(selected));
  row.classList.toggle('jp-mod-failed', failed);
  row.append(
    cell('jp-Cellmark-choose', chooseBox(run, context)),
    cell('jp-Cellmark-about', headline(run, trans), given(run, trans)),
    cell('jp-Cellmark-metrics', ...metrics(run, context.query)),
    cell('jp-Cellmark-starCell', star(run, trans))
  );
  return row;
}

/** A `train` cell that runs now. */
export function liveRow(live: ILiveCell, context: IRowContext, now = Date.now()): HTMLElement {
  const { trans } = context;
  const row = rowElement('jp-Cellmark-live', context);
  row.dataset['cell'] = live.cell;
  const elapsed = duration(Math.max(0, Math.floor(now / 1000 - live.started)), trans);
  row.append(
    cell('jp-Cellmark-choose', element('span', { class: 'jp-Cellmark-pulse' })),
    cell(
      'jp-Cellmark-about',
      element('span', { class: 'jp-Cellmark-headline' }, trans.__('Training now')),
      element('span', { class: 'jp-Cellmark-given' }, trans.__('started %1', when(live.started)))
    ),
    cell('jp-Cellmark-metrics', element('span', { class: 'jp-Cellmark-elapsed' }, elapsed))
  );
  return row;
}

/** The heading above the Runs that have a value in common. */
export function groupRow(group: IGroup, context: IRowContext): HTMLElement {
  const { trans, query } = context;
  const row = rowElement('jp-Cellmark-group', context);
  const name = query.group.replace(/^param\./, '');
  const value =
    group.value === null ? trans.__('without %1', name) : `${name} = ${told(group.value)}`;
  row.append(
    cell(
      'jp-Cellmark-groupName',
      element('span', { class: 'jp-Cellmark-headline' }, value),
      element('span', { class: 'jp-Cellmark-count' }, trans._n('%1 run', '%1 runs', group.runs))
    )
  );
  return row;
}

/** A Run that the server has not told yet. */
export function pendingRow(context: IRowContext): HTMLElement {
  const row = rowElement('jp-Cellmark-pending', context);
  row.append(cell('jp-Cellmark-about', context.trans.__('Loading…')));
  return row;
}

function rowElement(kind: string, { active }: IRowContext): HTMLElement {
  return element('div', {
    class: `jp-Cellmark-row ${kind}`,
    role: 'row',
    tabindex: active ? '0' : '-1'
  });
}

function cell(kind: string, ...content: (Node | string)[]): HTMLElement {
  return element('div', { class: kind, role: 'gridcell' }, ...content);
}

function chooseBox(run: IRunSummary, { trans, selected }: IRowContext): HTMLElement {
  const box = element('input', {
    type: 'checkbox',
    tabindex: '-1',
    'data-part': 'choose',
    'aria-label': trans.__('Choose run %1', short(run.run)),
    title: trans.__('Choose, to compare')
  });
  box.checked = selected;
  return box;
}

function headline(run: IRunSummary, trans: TranslationBundle): HTMLElement {
  const failed = run.status === 'failed';
  return element(
    'span',
    { class: 'jp-Cellmark-headline', title: trans.__('Run %1', short(run.run)) },
    when(run.started),
    element(
      'span',
      { class: failed ? 'jp-Cellmark-failed' : 'jp-Cellmark-took' },
      failed ? trans.__('failed') : duration(run.seconds, trans)
    )
  );
}

/** The note if there is one, else the parameters. */
function given(run: IRunSummary, trans: TranslationBundle): HTMLElement {
  const parameters = Object.entries(run.parameters).map(
    ([name, value]) => `${name} ${told(value)}`
  );
  const words = parameters.slice(0, SHOWN_PARAMETERS).join(' · ') || trans.__('no parameters');
  const line = element('span', { class: 'jp-Cellmark-given', title: parameters.join('\n') }, words);
  if (run.note) {
    line.classList.add('jp-mod-note');
    line.textContent = run.note;
    line.title = [run.note, ...parameters].join('\n');
  }
  return line;
}

/** The metric that the list is sorted by first, then the others by their names. */
function metrics(run: IRunSummary, { sort }: IQuery): HTMLElement[] {
  const first = sort.replace(/^-?metric\./, '').replace(/^"(.*)"$/, '$1');
  const names = Object.keys(run.metrics).sort((a, b) => Number(b === first) - Number(a === first));
  return names.slice(0, SHOWN_METRICS).map(name => {
    const value = element('span', { class: 'jp-Cellmark-value' }, brief(run.metrics[name] ?? null));
    const label = element('span', { class: 'jp-Cellmark-name' }, name);
    return element('span', { class: 'jp-Cellmark-metric', title: name }, label, value);
  });
}

function star(run: IRunSummary, trans: TranslationBundle): HTMLElement {
  return element(
    'button',
    {
      type: 'button',
      class: 'jp-Cellmark-star',
      tabindex: '-1',
      'data-part': 'star',
      'aria-pressed': String(run.starred),
      'aria-label': trans.__('Star run %1', short(run.run)),
      title: run.starred ? trans.__('Take the star away') : trans.__('Star')
    },
    run.starred ? '★' : '☆'
  );
}
