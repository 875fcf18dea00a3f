import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { refusals } from '../packaging/refusals';
import { element } from '../runs/dom';
import { brief, short } from '../runs/words';
import type { TaskModel } from '../tasks/model';
import type { ITask } from '../tasks/task';
import { type ITaskWords, TaskView } from '../tasks/view';
import { button, row, section, table } from '../views/parts';
import { type ICause, type IReproduced, parseReproduced } from './reproduced';

export interface IRerunActions {
  jump(cell: number, line: number): void;
  openReport(run: string): void;
  openRun(run: string): void;
  compare(runs: readonly string[]): void;
  /** Run it anew with the packages that the Run itself had. */
  withOwnPackages(run: string): void;
}

export interface IRerunViewOptions {
  readonly task: TaskModel;
  readonly trans: TranslationBundle;
  readonly actions: IRerunActions;
}

const LONGEST = 60;
const MOST = 40;

/** A Run that is run anew: the stages, then whether it came out the same, and why not. */
export class RerunView extends TaskView {
  constructor(private readonly options: IRerunViewOptions) {
    super(options.task, options.trans);
    this.addClass('jp-Cellmark-rerunView');
  }

  protected wordsFor({ name }: ITask): ITaskWords {
    const { trans } = this;
    const run = short(name);
    return {
      running: trans.__('Running %1 again', run),
      failed: trans.__('%1 could not be run again', run),
      cancelled: trans.__('Running %1 again was cancelled', run)
    };
  }

  protected drawEnd(task: ITask, isDone: boolean): void {
    const { trans, options } = this;
    if (!isDone) {
      // There is nothing to choose here.
      const actions = { jump: options.actions.jump, choose: (): void => undefined };
      this.place(refusals(task.refused, actions, trans));
      return;
    }
    const reproduced = parseReproduced(task.result);
    this.insertWidget(0, new Widget({ node: this.header(reproduced) }));
    if (reproduced.causes.length > 0) {
      this.place(this.causes(reproduced.causes));
    }
    this.place(metrics(reproduced, trans), differences(reproduced, trans));
  }

  private header(result: IReproduced): HTMLElement {
    const { trans } = this;
    const { actions } = this.options;
    const { run, rerun } = result;
    const bar = element(
      'div',
      { class: 'jp-Cellmark-buttons' },
      button(trans.__('Open Report'), () => {
        actions.openReport(run);
      }),
      button(trans.__('Open New Run'), () => {
        actions.openRun(rerun);
      }),
      button(trans.__('Compare'), () => {
        actions.compare([run, rerun]);
      })
    );
    if (!result.reproduced) {
      const locked = button(trans.__('With Its Own Packages'), () => {
        actions.withOwnPackages(run);
      });
      locked.title = trans.__('Run it again in an environment made from the run’s own lock');
      bar.append(locked);
    }
    const kind = result.reproduced ? 'jp-Cellmark-ok' : 'jp-Cellmark-failed';
    const title = element('h1', { class: kind }, verdictOf(result, trans));
    return element('header', { class: 'jp-Cellmark-viewHeader' }, title, bar);
  }

  private causes(causes: readonly ICause[]): HTMLElement {
    const { trans } = this;
    const items = causes.map(cause => this.drawCause(cause));
    return section(
      'causes',
      trans.__('Why'),
      element('ol', { class: 'jp-Cellmark-refusals' }, ...items)
    );
  }

  private drawCause({ kind, summary, evidence, fix, cell, line, source }: ICause): HTMLElement {
    const { trans, options } = this;
    const item = element(
      'li',
      {},
      element('p', { class: 'jp-Cellmark-reason' }, `${kind}: ${summary}`)
    );
    if (cell !== null) {
      const words = trans.__('Cell %1, line %2', cell, line ?? 1);
      const jump = (): void => {
        options.actions.jump(cell, line ?? 1);
      };
      item.append(button(words, jump, trans.__('Show it in the notebook')));
    }
    if (source !== '') {
      item.append(element('pre', { class: 'jp-Cellmark-code', tabindex: '0' }, source));
    }
    item.append(element('p', {}, evidence));
    if (fix !== '') {
      item.append(element('p', {}, element('strong', {}, trans.__('Fix:')), ` ${fix}`));
    }
    return item;
  }
}

/** Whether it came out the same, in a sentence. */
export function verdictOf(result: IReproduced, trans: TranslationBundle): string {
  const name = short(result.run);
  if (!result.reproduced) {
    const count = result.real.length;
    return trans._n(
      'Not reproduced: run %2, %1 difference',
      'Not reproduced: run %2, %1 differences',
      count,
      name
    );
  }
  return result.exact
    ? trans.__('Reproduced: run %1, equal to the last bit', name)
    : trans.__('Reproduced: run %1, within %2', name, brief(result.tolerance));
}

function metrics({ metrics: pairs }: IReproduced, trans: TranslationBundle): HTMLElement {
  const title = trans.__('Metrics');
  const rows = pairs.map(({ name, before, after }) => {
    const made = row(name, brief(before), brief(after));
    made.classList.toggle('jp-mod-differs', before !== after);
    return made;
  });
  const headings = [trans.__('Name'), trans.__('Run'), trans.__('Now')];
  return section(
    'metrics',
    title,
    rows.length > 0 ? table(title, headings, rows) : trans.__('None.')
  );
}

function differences({ real, passing }: IReproduced, trans: TranslationBundle): HTMLElement {
  const title = trans.__('Differences');
  const rows = real.slice(0, MOST).map(({ what, cell, before, after, cause }) => {
    const place = cell === null ? '' : trans.__('cell %1', cell);
    return row(what, place, cut(before), cut(after), cause ?? '');
  });
  const headings = [
    trans.__('What'),
    trans.__('Cell'),
    trans.__('Run'),
    trans.__('Now'),
    trans.__('Cause')
  ];
  const others = trans._n(
    '%1 more is cosmetic or within tolerance.',
    '%1 more are cosmetic or within tolerance.',
    passing
  );
  const more = trans.__('%1 more are in the report.', real.length - MOST);
  return section(
    'differences',
    title,
    rows.length > 0 ? table(title, headings, rows) : element('p', {}, trans.__('None.')),
    ...(real.length > MOST ? [element('p', {}, more)] : []),
    ...(passing > 0 ? [element('p', {}, others)] : [])
  );
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
