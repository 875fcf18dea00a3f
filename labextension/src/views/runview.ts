import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../runs/dom';
import { brief, duration, memory, onDay, short, told } from '../runs/words';
import { doubts } from './doubts';
import { LoadedView } from './loading';
import { button, chips, row, section, table } from './parts';
import type { IShownCell, IShownData, IShownRun } from './types';

export interface IRunViewOptions {
  readonly ask: () => Promise<IShownRun>;
  readonly trans: TranslationBundle;
  readonly rendermime: IRenderMimeRegistry;
  readonly onRestore: () => void;
  readonly onRerun: () => void;
  readonly onJump: (cell: string) => void;
}

/** One Run whole: what it was given, what came of it, its cells with their outputs. */
export class RunView extends LoadedView<IShownRun> {
  constructor(private readonly options: IRunViewOptions) {
    super(options.ask, options.trans);
    this.addClass('jp-Cellmark-runView');
  }

  protected draw(run: IShownRun): void {
    const { trans } = this;
    this.place(this.header(run));
    if (run.failure) {
      const { error, traceback } = run.failure;
      const frames = element('details', {}, element('summary', {}, error));
      frames.append(element('pre', { tabindex: '0' }, traceback));
      this.place(section('failure', trans.__('Why it failed'), frames));
    }
    for (const node of doubts(run, trans, this.options.onJump)) {
      this.place(node);
    }
    this.place(
      element('div', { class: 'jp-Cellmark-columns' }, parameters(run, trans), metrics(run, trans))
    );
    this.place(element('h2', { class: 'jp-Cellmark-heading' }, trans.__('Cells as they ran')));
    if (!run.hasNotebook) {
      this.place(element('p', {}, trans.__('Outputs were not kept with this run.')));
    }
    for (const cell of run.cells) {
      this.drawCell(cell);
    }
    if (run.estimators.length > 0) {
      this.place(estimators(run, trans));
    }
    this.place(data(run.data, trans));
    this.place(environment(run, trans));
  }

  private header(run: IShownRun): HTMLElement {
    const { trans } = this;
    const failed = run.status === 'failed';
    const state = failed ? trans.__('failed') : trans.__('finished');
    const about = element(
      'p',
      { class: 'jp-Cellmark-about' },
      element('span', { class: failed ? 'jp-Cellmark-failed' : 'jp-Cellmark-ok' }, state),
      ` · ${run.experiment} · ${onDay(run.started)} · ${duration(run.seconds, trans)}`,
      run.git === null ? '' : ` · git ${run.git.slice(0, 8)}`
    );
    const title = element('h1', {}, trans.__('Run %1', short(run.run)));
    title.title = run.run;
    const restore = button(
      trans.__('Restore Notebook'),
      this.options.onRestore,
      trans.__('Write the notebook as this run ran it to a new file, and open it beside')
    );
    const again = button(
      trans.__('Run Again'),
      this.options.onRerun,
      trans.__('Run the notebook as this run ran it, and say what differs and why')
    );
    const bar = element(
      'header',
      { class: 'jp-Cellmark-viewHeader' },
      element('div', {}, title, about),
      element('div', { class: 'jp-Cellmark-buttons' }, again, restore)
    );
    if (run.note !== null) {
      bar.append(element('p', { class: 'jp-Cellmark-note' }, run.note));
    }
    return bar;
  }

  private drawCell(cell: IShownCell): void {
    const { trans, options } = this;
    const line = element('div', { class: 'jp-Cellmark-cellLine' }, chips(cell.roles, trans));
    const took = duration(cell.seconds, trans);
    const cost = cell.peak === null ? took : `${took} · ${memory(cell.peak, trans)}`;
    line.append(element('span', { class: 'jp-Cellmark-took' }, cost));
    const { cell: id } = cell;
    if (id !== null) {
      const jump = (): void => {
        options.onJump(id);
      };
      line.append(button(trans.__('Go to Cell'), jump, trans.__('Show this cell in the notebook')));
    }
    const code = element('pre', { class: 'jp-Cellmark-code', tabindex: '0' }, cell.source);
    this.place(element('div', { class: 'jp-Cellmark-cell' }, line, code));
    if (cell.outputs.length > 0) {
      const model = new OutputAreaModel({ values: [...cell.outputs], trusted: false });
      const area = new SimplifiedOutputArea({ model, rendermime: options.rendermime });
      area.addClass('jp-Cellmark-outputs');
      this.addWidget(area);
    }
  }
}

function parameters(run: IShownRun, trans: TranslationBundle): HTMLElement {
  const title = trans.__('Parameters');
  const rows = Object.entries(run.parameters).map(([name, value]) => row(name, told(value)));
  return rows.length > 0
    ? section('parameters', title, table(title, [trans.__('Name'), trans.__('Value')], rows))
    : section('parameters', title, trans.__('No cell with the role “Parameters” fed this run.'));
}

function metrics(run: IShownRun, trans: TranslationBundle): HTMLElement {
  const title = trans.__('Metrics');
  const rows = run.metrics.map(({ name, value, source, confidence }) => {
    const sure = trans.__('%1, %2% sure', source, Math.round(confidence * 100));
    // As one reads it in the code: accuracy_score().
    const called = source.replace(/^call:(.*)$/, '$1()');
    const seen = element('span', { class: 'jp-Cellmark-took', title: sure }, called);
    return row(name, brief(value), seen);
  });
  const headings = [trans.__('Name'), trans.__('Value'), trans.__('Seen as')];
  return rows.length > 0
    ? section('metrics', title, table(title, headings, rows))
    : section('metrics', title, trans.__('No metric yet: run a cell with the role “Evaluate”.'));
}

function estimators(run: IShownRun, trans: TranslationBundle): HTMLElement {
  const title = trans.__('Fitted estimators');
  const rows = run.estimators.map(({ name, type, chosen }) => {
    const values = Object.entries(chosen).map(([key, value]) => `${key}=${told(value)}`);
    const short = type.slice(type.lastIndexOf('.') + 1);
    const words = values.length > 0 ? values.join(', ') : trans.__('defaults');
    return row(name, element('span', { title: type }, short), words);
  });
  const headings = [trans.__('Name'), trans.__('Type'), trans.__('Chosen')];
  return section('estimators', title, table(title, headings, rows));
}

function data(frames: readonly IShownData[], trans: TranslationBundle): HTMLElement {
  const title = trans.__('Data');
  const rows = frames.map(({ name, shape, columns, digest }) => {
    const types = columns.map(column => `${column.name}: ${column.dtype}`).join('\n');
    const named = columns.map(column => column.name).filter(column => column !== '');
    const list = element('span', { title: types, class: 'jp-Cellmark-took' }, named.join(', '));
    const size = element('span', { class: 'jp-Cellmark-whole' }, shape.join(' × '));
    const hash = element(
      'code',
      { class: 'jp-Cellmark-whole', title: digest },
      digest.slice(0, 12)
    );
    return row(name, size, list, hash);
  });
  const headings = [trans.__('Name'), trans.__('Shape'), trans.__('Columns'), trans.__('Digest')];
  return section('data', title, table(title, headings, rows));
}

function environment(run: IShownRun, trans: TranslationBundle): HTMLElement {
  const title = trans.__('Packages');
  const rows = Object.entries(run.packages).map(([name, version]) => row(name, version));
  const count = trans._n(
    'Python %2, %1 package',
    'Python %2, %1 packages',
    rows.length,
    run.python ?? '–'
  );
  const list = table(title, [trans.__('Name'), trans.__('Version')], rows);
  return section('packages', title, element('details', {}, element('summary', {}, count), list));
}
