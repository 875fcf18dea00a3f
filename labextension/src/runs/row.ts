import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from './dom';
import type { ILiveCell } from './live';
import type { IGroup, IQuery, IRunSummary } from './types';
import { givenTo } from './varying';
import { brief, duration, short, told, when } from './words';

/** Pixels; the style sheet has the same. */
export const ROW_HEIGHT = 64;

/** More than a sidebar is wide; what does not fit is told where the pointer rests. */
const SHOWN = 6;

export interface IRowContext {
  readonly trans: TranslationBundle;
  readonly query: IQuery;
  /** Parameters by which Runs differ: where there are any, these alone are told. */
  readonly varying: ReadonlySet<string>;
  /** Metrics that a person wants to see first. */
  readonly foremost: readonly string[];
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
    cell('jp-Cellmark-about', headline(run, trans)),
    cell('jp-Cellmark-metrics', ...metrics(run, context)),
    cell('jp-Cellmark-givenCell', given(run, context)),
    cell('jp-Cellmark-starCell', star(run, trans))
  );
  return row;
}

/** A `train` cell that runs now. */
export function liveRow(live: ILiveCell, context: IRowContext, now = Date.now()): HTMLElement {
  const { trans } = context;
  const row = rowElement('jp-Cellmark-live', context);
  row.dataset['cell'] = live.cell;
  const seconds = Math.floor(now / 1000 - live.started);
  const elapsed = seconds < 1 ? trans.__('%1 s', 0) : duration(seconds, trans);
  row.append(
    cell('jp-Cellmark-choose', element('span', { class: 'jp-Cellmark-pulse' })),
    cell(
      'jp-Cellmark-about',
      element('span', { class: 'jp-Cellmark-headline' }, trans.__('Training now'))
    ),
    cell('jp-Cellmark-metrics', element('span', { class: 'jp-Cellmark-elapsed' }, elapsed)),
    cell(
      'jp-Cellmark-givenCell',
      element('span', { class: 'jp-Cellmark-given' }, trans.__('started %1', when(live.started)))
    )
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
    ),
    ...doubts(run, trans)
  );
}

/** Why the numbers may not be those of the notebook as it stands. */
function doubts({ stale, outOfOrder }: IRunSummary, trans: TranslationBundle): HTMLElement[] {
  const told: [string, string][] = [];
  if (stale.length > 0) {
    told.push([
      trans.__('stale'),
      trans.__('%1 changed after a cell of this run had used it; open the run', stale.join(', '))
    ]);
  }
  if (outOfOrder) {
    told.push([
      trans.__('out of order'),
      trans.__('Cells ran in another order than they stand in; open the run')
    ]);
  }
  return told.map(([words, title]) =>
    element('span', { class: 'jp-Cellmark-doubt', title }, words)
  );
}

/** The note if there is one, else the parameters by which Runs differ, or all of them. */
function given(run: IRunSummary, { trans, varying }: IRowContext): HTMLElement {
  const values = Object.entries(givenTo(run));
  const differing = values.filter(([name]) => varying.has(name));
  const line = element('span', { class: 'jp-Cellmark-given' });
  const whole = [...differing, ...values.filter(each => !differing.includes(each))];
  const lines = whole.map(([name, value]) => `${name} ${told(value)}`);
  line.title = [run.note ?? '', ...lines].filter(text => text !== '').join('\n');
  if (run.note) {
    line.classList.add('jp-mod-note');
    line.textContent = run.note;
  } else if (whole.length === 0) {
    line.textContent = trans.__('no parameters');
  } else {
    const shown = differing.length > 0 ? differing : values;
    line.append(
      ...shown.slice(0, SHOWN).flatMap(([name, value]) => [pair(name, told(value)), ' '])
    );
  }
  return line;
}

/** Where there is no room, the name is cut, and never a number: 30 is not 300. */
function pair(name: string, value: string): HTMLElement {
  return element(
    'span',
    { class: 'jp-Cellmark-pair' },
    element('span', { class: 'jp-Cellmark-pairName' }, name),
    ' ',
    element('span', { class: 'jp-Cellmark-pairValue' }, value)
  );
}

/** The metric that the list is sorted by first, then those wished for, then the others. */
function metrics(run: IRunSummary, { query, foremost, trans }: IRowContext): HTMLElement[] {
  const sorted = query.sort.replace(/^-?metric\./, '').replace(/^"(.*)"$/, '$1');
  const wished = [sorted, ...foremost].filter(name => name in run.metrics);
  const names = [...new Set([...wished, ...Object.keys(run.metrics)])];
  if (run.failure !== null && names.length === 0) {
    return [element('span', { class: 'jp-Cellmark-why', title: run.failure }, run.failure)];
  }
  if (names.length === 0) {
    return [element('span', { class: 'jp-Cellmark-name' }, trans.__('no metrics'))];
  }
  return names.slice(0, SHOWN).map(name => {
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
