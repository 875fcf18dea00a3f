import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { element } from './dom';
import type { RunsModel } from './model';
import type { IQuery } from './types';

/** A pause in typing after which the condition is asked for. */
const TYPING_PAUSE = 400;

export interface IRunControlsOptions {
  readonly model: RunsModel;
  readonly trans: TranslationBundle;
  readonly onCompare: () => void;
}

/** Which Runs the list shows, in which order, and what to do with those that are chosen. */
export class RunControls extends Widget {
  constructor(private readonly options: IRunControlsOptions) {
    super();
    this.addClass('jp-Cellmark-controls');
    const { trans } = options;
    this.filter = element('input', {
      type: 'search',
      class: 'jp-Cellmark-filter',
      placeholder: trans.__('Filter: auc > 0.8'),
      'aria-label': trans.__('Filter runs by a condition'),
      title: trans.__('A condition, such as: auc > 0.8 and (seed = 1 or tag = "starred")'),
      spellcheck: 'false'
    });
    this.sort = element('select', { 'aria-label': trans.__('Sort runs by') });
    this.turn = element('button', { type: 'button', class: 'jp-Cellmark-button jp-Cellmark-turn' });
    this.group = element('select', { 'aria-label': trans.__('Group runs by a parameter') });
    this.compare = element('button', {
      type: 'button',
      class: 'jp-Cellmark-button jp-Cellmark-compare'
    });
    this.notebook = element('h2', { class: 'jp-Cellmark-notebook' });
    this.count = element('span', { class: 'jp-Cellmark-total', role: 'status' });
    this.choices = element(
      'div',
      { class: 'jp-Cellmark-choices' },
      this.filter,
      element('div', { class: 'jp-Cellmark-line' }, this.sort, this.turn, this.group),
      element('div', { class: 'jp-Cellmark-line' }, this.count, this.compare)
    );
    this.node.append(this.notebook, this.choices);
    this.listen();
  }

  /** While there is nothing to choose from, the notebook's name stands alone. */
  offer(isSomething: boolean): void {
    this.choices.classList.toggle('lm-mod-hidden', !isSomething);
  }

  refresh(): void {
    const { model, trans } = this.options;
    const { sort, group, where } = model.query;
    if (model.state.kind === 'ready') {
      const { metrics, parameters, total } = model.state.page;
      const names = [...metrics.map(metricField), ...parameters.map(parameterField)];
      fill(this.sort, [['', trans.__('Newest')], ...names.map(pair)], bare(sort));
      const groups = parameters.map(parameterField).map(pair);
      fill(this.group, [['', trans.__('No groups')], ...groups], group);
      this.count.textContent = trans._n('%1 run', '%1 runs', total);
    } else if (model.state.kind === 'failed') {
      this.count.textContent = '';
    }
    const path = model.notebook ?? '';
    this.notebook.textContent = PathExt.basename(path);
    this.notebook.title = path;
    if (document.activeElement !== this.filter) {
      this.filter.value = where;
    }
    const descends = sort.startsWith('-');
    this.turn.textContent = descends ? '↓' : '↑';
    this.turn.title = descends ? trans.__('Highest first') : trans.__('Lowest first');
    this.turn.setAttribute('aria-label', this.turn.title);
    this.turn.disabled = sort === '';
    const chosen = model.selected.length;
    this.compare.textContent = chosen > 0 ? trans.__('Compare %1', chosen) : trans.__('Compare');
    this.compare.disabled = chosen < 2;
    this.compare.title = trans.__('Choose two runs or more by their boxes, then compare them');
  }

  private listen(): void {
    const ask = (wish: Partial<IQuery>): void => {
      void this.options.model.ask(wish);
    };
    this.filter.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        ask({ where: this.filter.value.trim() });
      }, TYPING_PAUSE);
    });
    this.sort.addEventListener('change', () => {
      const field = this.sort.value;
      // Of metrics one looks for the best, which is mostly the highest.
      ask({ sort: field.startsWith('metric.') ? `-${field}` : field });
    });
    this.group.addEventListener('change', () => {
      ask({ group: this.group.value });
    });
    this.turn.addEventListener('click', () => {
      const { sort } = this.options.model.query;
      ask({ sort: sort.startsWith('-') ? bare(sort) : `-${sort}` });
    });
    this.compare.addEventListener('click', this.options.onCompare);
  }

  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly choices: HTMLElement;
  private readonly filter: HTMLInputElement;
  private readonly sort: HTMLSelectElement;
  private readonly turn: HTMLButtonElement;
  private readonly group: HTMLSelectElement;
  private readonly compare: HTMLButtonElement;
  private readonly notebook: HTMLElement;
  private readonly count: HTMLElement;
}

/** A metric's name as the query language writes it. */
export function metricField(name: string): string {
  return `metric.${quoted(name)}`;
}

export function parameterField(name: string): string {
  return `param.${quoted(name)}`;
}

function quoted(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name) ? name : `"${name}"`;
}

function bare(sort: string): string {
  return sort.replace(/^-/, '');
}

function pair(field: string): [string, string] {
  return [field, field.replace(/^(metric|param)\./, '').replace(/^"(.*)"$/, '$1')];
}

function fill(select: HTMLSelectElement, options: [string, string][], chosen: string): void {
  const [known] = options.filter(([value]) => value === chosen);
  const all = (known ?? chosen === '') ? options : [...options, pair(chosen)];
  const text = JSON.stringify(all);
  if (select.dataset['options'] !== text) {
    select.dataset['options'] = text;
    select.replaceChildren(...all.map(([value, label]) => element('option', { value }, label)));
  }
  select.value = chosen;
}
