import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../src/runs/problem';
import { metricsSpec } from '../../src/views/chart';
import { CompareView } from '../../src/views/compareview';
import { RunView } from '../../src/views/runview';
import { type IComparison, parseComparison, parseShown } from '../../src/views/types';

const trans = nullTranslator.load('cellmark');
/** It draws nothing, so no chart is asked for. */
const rendermime = { preferredMimeType: () => undefined } as unknown as IRenderMimeRegistry;
const languages = {} as IEditorLanguageRegistry;

const METRIC = { name: 'auc', value: 0.83651, source: 'call:roc_auc_score', confidence: 0.9 };
const SHOWN = {
  run: {
    id: '01ABCDEFGHJKMNPQRSTVWXYZ01',
    experiment: 'models/churn.ipynb',
    status: 'failed',
    started: 1.7e9,
    note: 'the one to ship',
    parameters: { C: 0.5, name: 'a' },
    metrics: [
      { ...METRIC, latest: true },
      { ...METRIC, value: 0.1, latest: false },
      { ...METRIC, name: 'fold', source: 'fold', latest: true }
    ],
    data: {
      df: { shape: [7043, 21], columns: [{ name: 'age', dtype: 'int64' }], digest: 'f'.repeat(32) }
    },
    estimators: [
      {
        name: 'model',
        type: 'sklearn.linear_model.LogisticRegression',
        parameters: { C: 0.5, tol: 0.0001 },
        chosen: ['C']
      },
      { name: 'scaler', type: 'StandardScaler' }
    ],
    environment: { python: '3.11.2', packages: { numpy: '2.1' } },
    git: { commit: '0123456789abcdef', changed: true },
    stale: [{ name: 'C', used_by: 'X1', changed_by: 'X0', was: 0.5, now: 0.01 }],
    out_of_order: true,
    failure: { error: 'ValueError: no', traceback: 'Traceback ...' },
    cells: [
      {
        id: 'X1',
        cell_id: 'fit',
        roles: ['train'],
        source: 'fit()',
        status: 'failed',
        seconds: 1,
        peak: 412e6
      },
      { id: 'X2', cell_id: null, roles: ['evaluate'], source: 'score()', status: 'ok', seconds: 1 }
    ],
    notebook: null
  },
  seconds: 61,
  outputs: []
};

function compared(more: object = {}): IComparison {
  const run = { status: 'ok', started: 1.7e9, seconds: 1, stale: [], tags: [], note: null };
  const of = { parameters: {}, metrics: {}, settings: {}, failure: null };
  const value = (name: string, values: unknown[], same: boolean): object => ({
    name,
    column: null,
    values,
    same
  });
  return parseComparison({
    runs: [
      { run: 'AAAAAA', ...run, ...of },
      { run: 'BBBBBB', ...run, ...of }
    ],
    parameters: [value('C', [1, 2], false), value('seed', [7, 7], true)],
    metrics: [value('auc', [0.5, null], false)],
    code: [{ roles: ['train'], sources: ['fit()', 'fit(2)'], same: false }],
    data: [{ ...value('df', ['3 x 2', '4 x 2'], false) }],
    environment: [],
    ...more
  });
}

async function text(view: { node: HTMLElement }): Promise<string> {
  await expect.poll(() => view.node.querySelector('h1, [role="alert"]')).not.toBeNull();
  return view.node.textContent;
}

describe('RunView', () => {
  const jumped: string[] = [];
  let restored = 0;
  let again = 0;
  const viewOf = (ask: () => Promise<unknown>): RunView =>
    new RunView({
      ask: async () => parseShown(await ask()),
      trans,
      rendermime,
      onRerun: () => again++,
      onRestore: () => restored++,
      onJump: cell => jumped.push(cell)
    });

  it('shows what the run was given and what came of it', async () => {
    const view = viewOf(() => Promise.resolve(SHOWN));
    const shown = await text(view);
    for (const words of [
      'Run TVWXYZ01',
      'models/churn.ipynb · Nov 14, 2023',
      '1.0 s · 412 MB',
      'roc_auc_score()',
      'the one to ship',
      '0.8365',
      'modelLogisticRegressionC=0.5',
      'scalerStandardScalerdefaults',
      'fit()'
    ]) {
      expect(shown).toContain(words);
    }
    for (const words of ['7043 × 21', 'Python 3.11.2', 'ValueError: no', '1 min 1 s', '01234567']) {
      expect(shown).toContain(words);
    }
    expect(view.node.querySelectorAll('.jp-Cellmark-of-metrics tbody tr')).toHaveLength(1);
    view.dispose();
  });

  it('runs again, restores the notebook and leads to the cells that have an id', async () => {
    const view = viewOf(() => Promise.resolve(SHOWN));
    await text(view);
    const buttons = [...view.node.querySelectorAll('button')];
    expect(buttons.map(({ textContent }) => textContent)).toEqual([
      'Run Again',
      'Restore Notebook',
      'Go to Cell',
      'Go to Cell'
    ]);
    buttons.forEach(button => {
      button.click();
    });
    expect([again, restored, jumped]).toEqual([1, 1, ['fit', 'fit']]);
    view.dispose();
  });

  it('says what was stale and out of order, and what to do; nothing where all is well', async () => {
    const view = viewOf(() => Promise.resolve(SHOWN));
    const shown = await text(view);
    expect(shown).toContain('C was changed after a cell had used it (0.5 then, 0.01 now)');
    expect(shown).toContain('restart the kernel, run all cells, and compare');
    view.dispose();
    const run = { ...SHOWN.run, stale: [], out_of_order: null };
    const well = viewOf(() => Promise.resolve({ ...SHOWN, run }));
    expect(await text(well)).not.toContain('Before you trust');
    well.dispose();
  });

  it('says what went wrong, and tries again', async () => {
    let asked = 0;
    const view = viewOf(() =>
      asked++ === 0 ? Promise.reject(new Problem('no such run')) : Promise.resolve(SHOWN)
    );
    expect(await text(view)).toContain('no such run');
    view.node.querySelector('button')?.click();
    await expect.poll(() => view.node.textContent).toContain('Run TVWXYZ01');
    view.dispose();
  });
});

describe('CompareView', () => {
  it('tells what differs from what is the same', async () => {
    const comparison = compared();
    const ask = (): Promise<IComparison> => Promise.resolve(comparison);
    const view = new CompareView({ ask, trans, rendermime, languages });
    await text(view);
    const rows = [...view.node.querySelectorAll('.jp-Cellmark-of-parameters tr')];
    expect(rows.map(row => row.className)).toEqual(['', 'jp-mod-differs', '', '']);
    const folded = view.node.querySelector('.jp-Cellmark-of-parameters details');
    expect(folded?.textContent).toContain('1 that is the same');
    expect(view.node.querySelectorAll('.jp-Cellmark-codeDiff')).toHaveLength(1);
    expect(view.node.querySelector('.jp-Cellmark-of-packages')?.textContent).toContain('None.');
    view.dispose();
  });
});

describe('metricsSpec', () => {
  it('has a bar for each number, and none for what is missing', () => {
    expect(metricsSpec(compared(), false)).toMatchObject({
      data: { values: [{ metric: 'auc', run: 'AAAAAA', value: 0.5 }] }
    });
  });

  it('is null where there is no number', () => {
    expect(metricsSpec(compared({ metrics: [] }), true)).toBeNull();
  });
});
