import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../runs/dom';
import type { Json } from '../runs/types';
import { brief, short, told, when } from '../runs/words';
import { metricsChart } from './chart';
import { CodeDiff } from './codediff';
import { LoadedView } from './loading';
import { chips, row, section, table } from './parts';
import type { IComparedValue, IComparison } from './types';

export interface ICompareViewOptions {
  readonly ask: () => Promise<IComparison>;
  readonly trans: TranslationBundle;
  readonly rendermime: IRenderMimeRegistry;
  readonly languages: IEditorLanguageRegistry;
}

/** Runs beside each other: what differs stands out, what is the same is folded away. */
export class CompareView extends LoadedView<IComparison> {
  constructor(private readonly options: ICompareViewOptions) {
    super(options.ask, options.trans);
    this.addClass('jp-Cellmark-compareView');
  }

  protected draw(comparison: IComparison): void {
    const { trans } = this;
    const { runs, parameters, metrics, data, environment } = comparison;
    const title = trans.__('%1 runs compared', runs.length);
    this.place(element('header', { class: 'jp-Cellmark-viewHeader' }, element('h1', {}, title)));
    this.place(this.values('metrics', trans.__('Metrics'), metrics, comparison, false));
    const isDark = document.body.dataset['jpThemeLight'] === 'false';
    const chart = metricsChart(comparison, this.options.rendermime, isDark);
    if (chart) {
      chart.addClass('jp-Cellmark-chart');
      this.addWidget(chart);
    }
    this.place(this.values('parameters', trans.__('Parameters'), parameters, comparison));
    this.drawCode(comparison);
    this.place(this.values('data', trans.__('Data'), data, comparison));
    this.place(this.values('packages', trans.__('Packages'), environment, comparison));
  }

  /** The values that differ, and behind them those that don't. */
  private values(
    kind: string,
    title: string,
    values: readonly IComparedValue[],
    comparison: IComparison,
    folds = true
  ): HTMLElement {
    const { trans } = this;
    const differing = folds ? values.filter(({ same }) => !same) : values;
    const same = folds ? values.filter(value => value.same) : [];
    const parts: Node[] = [];
    if (differing.length > 0) {
      parts.push(comparedTable(title, differing, comparison, trans));
    } else {
      const words = values.length > 0 ? trans.__('No difference.') : trans.__('None.');
      parts.push(element('p', { class: 'jp-Cellmark-none' }, words));
    }
    if (same.length > 0) {
      const count = trans._n('%1 that is the same', '%1 that are the same', same.length);
      const list = comparedTable(title, same, comparison, trans);
      parts.push(element('details', {}, element('summary', {}, count), list));
    }
    return section(kind, title, ...parts);
  }

  /** Each other Run's code beside that of the first. */
  private drawCode({ runs, code }: IComparison): void {
    const { trans } = this;
    const differing = code.filter(({ same }) => !same);
    const title = section('code', trans.__('Code'));
    if (differing.length === 0) {
      title.append(element('p', { class: 'jp-Cellmark-none' }, trans.__('No difference.')));
    }
    this.place(title);
    const [first, ...others] = runs;
    for (const { roles, sources } of differing) {
      others.forEach((other, at) => {
        const [before, after] = [sources[0] ?? '', sources[at + 1] ?? ''];
        if (first && before !== after) {
          const sides = `${short(first.run)} → ${short(other.run)}`;
          this.place(element('div', { class: 'jp-Cellmark-cellLine' }, chips(roles, trans), sides));
          this.addWidget(new CodeDiff(before, after, this.options.languages));
        }
      });
    }
  }
}

function comparedTable(
  title: string,
  values: readonly IComparedValue[],
  { runs }: IComparison,
  trans: TranslationBundle
): HTMLElement {
  const heads = runs.map(({ run, started }) =>
    element('span', { title: run }, `${short(run)} `, element('small', {}, when(started)))
  );
  const rows = values.map(({ name, column, values: of, same }) => {
    const cells = of.map((value, at) => toldBeside(value, of[0], at));
    const made = row(column === null ? name : `${name}.${column}`, ...cells);
    made.classList.toggle('jp-mod-differs', !same);
    return made;
  });
  return table(title, [trans.__('Name'), ...heads], rows);
}

/** A value; a number with its difference from the first Run's. */
function toldBeside(value: Json | undefined, first: Json | undefined, at: number): Node | string {
  if (at === 0 || typeof value !== 'number' || typeof first !== 'number' || value === first) {
    return told(value);
  }
  const change = value - first;
  const words = `${change > 0 ? '+' : '−'}${brief(Math.abs(change))}`;
  return element('span', {}, `${told(value)} `, element('small', {}, words));
}
