import { nullTranslator } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';
import { RunsModel } from '../../src/runs/model';
import { RunsPanel } from '../../src/runs/panel';
import { Problem } from '../../src/runs/problem';
import { FakeApi, FakeLive } from './fakes';

const trans = nullTranslator.load('cellmark');

function panelOf(
  api: FakeApi,
  trains?: () => boolean
): { panel: RunsPanel; model: RunsModel; compared: string[][] } {
  const model = new RunsModel(api, new FakeLive());
  const compared: string[][] = [];
  const nothing = (): void => undefined;
  const compare = (runs: readonly string[]): void => void compared.push([...runs]);
  const actions = {
    open: nothing,
    offer: nothing,
    note: nothing,
    restore: nothing,
    rerun: nothing,
    jump: nothing,
    compare
  };
  const panel = new RunsPanel({ model, actions, trans, ...(trains ? { trains } : {}) });
  Widget.attach(panel, document.body);
  return { panel, model, compared };
}

function visible(panel: RunsPanel, kind: string): boolean {
  return panel.node.querySelector(`.${kind}:not(.lm-mod-hidden)`) !== null;
}

function control(panel: RunsPanel, label: string): HTMLElement {
  const found = panel.node.querySelector<HTMLElement>(`[aria-label="${label}"]`);
  if (!found) {
    throw new Error(`the panel has no ${label}`);
  }
  return found;
}

describe('RunsPanel', () => {
  afterEach(() => {
    document.body.replaceChildren();
  });

  it('is a region with a name', () => {
    const { panel } = panelOf(new FakeApi(0));
    expect(panel.node.getAttribute('role')).toBe('region');
    expect(panel.node.getAttribute('aria-label')).toBe('Runs of this notebook');
  });

  it('teaches where there is no run yet', async () => {
    const { panel, model } = panelOf(new FakeApi(0));
    await model.show('a.ipynb');
    const text = panel.node.textContent;
    for (const words of ['Give the cells', 'What is logged', '/project/.cellmark', 'Evaluate']) {
      expect(text).toContain(words);
    }
    expect(visible(panel, 'jp-Cellmark-choices')).toBe(false);
    expect(panel.node.querySelector('h2')?.textContent).toBe('a.ipynb');
  });

  it('asks only to run what has its roles already', async () => {
    const { panel, model } = panelOf(new FakeApi(0), () => true);
    await model.show('a.ipynb');
    expect(panel.node.textContent).toContain('Run this notebook’s cells');
    expect(panel.node.textContent).not.toContain('Give the cells');
  });

  it('says of a filter that it can’t be read, with nothing to press', async () => {
    const api = new FakeApi(2);
    const { panel, model } = panelOf(api);
    await model.show('a.ipynb');
    api.fault = new Problem('query, column 5: the end; expected a value');
    await model.ask({ where: 'auc >' });
    expect(panel.node.textContent).toContain('This filter can’t be read');
    expect(panel.node.querySelector('.jp-Cellmark-retry')).toBeNull();
    expect(panel.node.querySelector('.jp-Cellmark-total')?.textContent).toBe('');
  });

  it('keeps the filter where nothing fits it', async () => {
    const api = new FakeApi(0);
    const { panel, model } = panelOf(api);
    await model.show('a.ipynb');
    await model.ask({ where: 'metric.auc > 2' });
    expect(panel.node.textContent).toContain('No run fits the filter.');
    expect(visible(panel, 'jp-SidePanel-header')).toBe(true);
  });

  it('says what is wrong and tries again', async () => {
    const api = new FakeApi(2);
    api.fault = new Problem('query, column 8: nothing');
    const { panel, model } = panelOf(api);
    await model.show('a.ipynb');
    expect(panel.node.textContent).toContain('query, column 8: nothing');
    api.fault = null;
    panel.node.querySelector<HTMLElement>('.jp-Cellmark-retry')?.click();
    await expect.poll(() => visible(panel, 'jp-Cellmark-scroll')).toBe(true);
  });

  it('sorts, turns the order round, and groups', async () => {
    const api = new FakeApi(2);
    const { panel, model } = panelOf(api);
    await model.show('a.ipynb');
    const sort = control(panel, 'Sort runs by') as HTMLSelectElement;
    expect([...sort.options].map(({ value }) => value)).toEqual(['', 'metric.auc', 'param.seed']);
    sort.value = 'metric.auc';
    sort.dispatchEvent(new Event('change'));
    expect(model.query.sort).toBe('-metric.auc');
    control(panel, 'Highest first').click();
    expect(model.query.sort).toBe('metric.auc');
    const group = control(panel, 'Group runs by a parameter') as HTMLSelectElement;
    group.value = 'param.seed';
    group.dispatchEvent(new Event('change'));
    expect(model.query.group).toBe('param.seed');
  });

  it('leads the keyboard to the runs, also where they come later', async () => {
    const { panel, model } = panelOf(new FakeApi(3));
    const shown = model.show('a.ipynb');
    MessageLoop.sendMessage(panel, Widget.Msg.ActivateRequest);
    expect(document.activeElement?.textContent).toContain('Loading');
    await shown;
    expect((document.activeElement as HTMLElement).dataset['run']).toBe('RUN000000');
  });

  it('leaves the keyboard to who has gone elsewhere before the runs come', async () => {
    const { panel, model } = panelOf(new FakeApi(3));
    const cell = document.body.appendChild(document.createElement('textarea'));
    const shown = model.show('a.ipynb');
    MessageLoop.sendMessage(panel, Widget.Msg.ActivateRequest);
    cell.focus();
    await shown;
    expect(document.activeElement).toBe(cell);
  });

  it('leads the keyboard from the words to the first run, and back from the last', async () => {
    const api = new FakeApi(0);
    const { panel, model } = panelOf(api);
    await model.show('a.ipynb');
    MessageLoop.sendMessage(panel, Widget.Msg.ActivateRequest);
    expect(document.activeElement?.textContent).toContain('No runs yet');
    api.total = 1;
    await model.refresh();
    expect((document.activeElement as HTMLElement).dataset['run']).toBe('RUN000000');
    api.total = 0;
    await model.mark('RUN000000', { deleted: true });
    expect(document.activeElement?.textContent).toContain('No runs yet');
  });

  it('keeps the keyboard when what it is at goes', async () => {
    const api = new FakeApi(1);
    const { panel, model } = panelOf(api);
    await model.show('a.ipynb');
    control(panel, 'Filter runs by a condition').focus();
    api.total = 0;
    await model.refresh();
    expect(document.activeElement?.textContent).toContain('No runs yet');

    api.fault = new Problem('the server is away');
    await model.refresh();
    panel.node.querySelector<HTMLElement>('.jp-Cellmark-retry')?.focus();
    await model.refresh();
    expect(document.activeElement?.textContent).toBe('Try again');
    api.fault = null;
    await model.refresh();
    expect(document.activeElement?.textContent).toContain('No runs yet');
  });

  it('compares the chosen runs, two at least', async () => {
    const { panel, model, compared } = panelOf(new FakeApi(3));
    await model.show('a.ipynb');
    const button = panel.node.querySelector<HTMLButtonElement>('.jp-Cellmark-compare');
    model.select(['RUN000000']);
    expect(button?.disabled).toBe(true);
    model.select(['RUN000000', 'RUN000002']);
    button?.click();
    expect(compared).toEqual([['RUN000000', 'RUN000002']]);
  });
});
