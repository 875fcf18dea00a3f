import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { type ICell, NotebookPage } from './notebookpage';
import { lookInThemes } from './themes';

const CELLS: ICell[] = [
  { source: 'C = 0.5', tags: ['parameters'] },
  {
    source: 'import numpy as np\nX = np.arange(40.0).reshape(20, 2)\ny = np.arange(20) % 2',
    tags: ['data']
  },
  {
    source:
      'import time\nfrom sklearn.linear_model import LogisticRegression\n' +
      'model = LogisticRegression(C=C).fit(X, y)\ntime.sleep(2)',
    tags: ['train']
  },
  {
    source: 'accuracy = (model.predict(X) == y).mean()\nprint("measured", accuracy)',
    tags: ['evaluate']
  }
];

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('runs');
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

/** The rows of the sidebar that are Runs. */
function runs(page: Page): Locator {
  return page.locator('.jp-Cellmark-run');
}

async function runAll(notebook: NotebookPage): Promise<void> {
  await notebook.select(notebook.cell('measured'));
  await notebook.runFromPalette('Run All Cells');
}

describe('runs', () => {
  it('are seen, compared and restored', async () => {
    const notebook = await NotebookPage.open(lab, browser, 'seen.ipynb', CELLS);
    const { page } = notebook;
    await notebook.select(notebook.cell('C = 0.5'));
    await notebook.runFromPalette('Show Runs of This Notebook');
    await page.getByText('No runs yet').waitFor();
    await lookInThemes(page, 'empty', '.jp-Cellmark-panel');

    await runAll(notebook);
    await page.getByText('Training now').waitFor();
    await runs(page).first().getByText('accuracy').waitFor();
    await page.getByText('Training now').waitFor({ state: 'detached' });

    await notebook.cell('C = 0.5').locator('.cm-content').fill('C = 0.01');
    await runAll(notebook);
    await runs(page).nth(1).getByText('accuracy').waitFor();
    await runs(page).first().getByText('accuracy').waitFor();
    await lookInThemes(page, 'list', '.jp-Cellmark-panel');

    await runs(page).first().click();
    const view = page.locator('.jp-Cellmark-runView');
    await view.getByText('measured').last().waitFor();
    await lookInThemes(page, 'run', '.jp-Cellmark-runView');

    for (const at of [0, 1]) {
      await runs(page).nth(at).getByRole('checkbox').click();
    }
    await page.getByRole('button', { name: 'Compare 2' }).click();
    const comparison = page.locator('.jp-Cellmark-compareView');
    await comparison.locator('.jp-Cellmark-of-parameters .jp-mod-differs').first().waitFor();
    await comparison.locator('.vega-embed canvas, .vega-embed svg').first().waitFor();
    await comparison.locator('.cm-merge-a').waitFor();
    await lookInThemes(page, 'compare', '.jp-Cellmark-compareView');

    await runs(page).nth(1).click();
    await page.getByRole('button', { name: 'Restore Notebook' }).last().click();
    await expect
      .poll(async () => (await readdir(lab.folder)).filter(file => file.includes('seen')))
      .toHaveLength(2);
    await page.close();
  });

  it('are starred, deleted and brought back by keyboard', async () => {
    const notebook = await NotebookPage.open(lab, browser, 'keys.ipynb', CELLS);
    const { page } = notebook;
    await notebook.select(notebook.cell('C = 0.5'));
    await notebook.runFromPalette('Show Runs of This Notebook');
    await runAll(notebook);
    await runs(page).first().getByText('accuracy').waitFor();
    await runs(page).first().focus();
    await page.keyboard.press('s');
    await runs(page).locator('[aria-pressed="true"]').waitFor();
    await page.keyboard.press('Delete');
    await page.getByText('No runs yet').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await runs(page).locator('[aria-pressed="true"]').waitFor();
    await page.close();
  });

  it('say what was stale, and what to do', async () => {
    const notebook = await NotebookPage.open(lab, browser, 'stale.ipynb', CELLS);
    const { page } = notebook;
    await notebook.select(notebook.cell('C = 0.5'));
    await notebook.runFromPalette('Show Runs of This Notebook');
    await runAll(notebook);
    await runs(page).first().getByText('accuracy').waitFor();

    await notebook.cell('arange').locator('.cm-content').fill('X, y = X[:10], y[:10]');
    await page.keyboard.press('Control+Enter');
    await notebook.select(notebook.cell('measured'));
    await page.keyboard.press('Control+Enter');
    await runs(page).first().getByText('stale', { exact: true }).waitFor();
    await runs(page).first().click();
    const view = page.locator('.jp-Cellmark-runView');
    await view.getByText('was changed after a cell had used it').first().waitFor();
    await lookInThemes(page, 'stale', '.jp-Cellmark-runView');
    await page.close();
  });

  it('scroll, ten thousand of them', async () => {
    await writeRuns('many.ipynb', 10_000);
    const notebook = await NotebookPage.open(lab, browser, 'many.ipynb', CELLS);
    const { page } = notebook;
    await notebook.select(notebook.cell('C = 0.5'));
    await notebook.runFromPalette('Show Runs of This Notebook');
    // They are folded into the database first, once.
    await page.getByText('10000 runs').waitFor({ timeout: 150_000 });
    const tasks = await page.locator('.jp-Cellmark-scroll').evaluate(async scroll => {
      const long: number[] = [];
      const observer = new PerformanceObserver(list => {
        long.push(...list.getEntries().map(({ duration }) => Math.round(duration)));
      });
      observer.observe({ type: 'longtask' });
      for (let at = 0; at <= 60; at++) {
        scroll.scrollTop = (at / 60) * scroll.scrollHeight;
        await new Promise(resolve => setTimeout(resolve, 50));
      }
      observer.disconnect();
      return long;
    });
    console.log(`tasks over 50 ms in 61 steps through 10,000 runs: ${tasks.join(', ') || 'none'}`);
    await runs(page).last().getByText('seed 0', { exact: true }).waitFor();
    expect(await page.locator('.jp-Cellmark-row').count()).toBeLessThan(60);
    await page.close();
  });
});

/** Spool so many Runs of one cell each, as a kernel would. */
async function writeRuns(notebook: string, count: number): Promise<void> {
  const folder = join(lab.folder, '.cellmark/spool');
  await mkdir(folder, { recursive: true });
  const idOf = (kind: string, at: number): string => `${kind}${String(at).padStart(20, '0')}`;
  const lines = Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      kind: 'cell',
      id: idOf('CELL', at),
      run: idOf('RUNS', at),
      fed_by: [],
      experiment: notebook,
      cell_id: 'cell-2',
      number: null,
      injected: false,
      roles: ['train'],
      source: 'fit()',
      status: 'ok',
      started: 1.7e9 + at,
      seconds: 1,
      parameters: { seed: at },
      metrics: [{ name: 'auc', value: at / count, source: 'assigned', confidence: 1, step: 0 }]
    })
  );
  await writeFile(join(folder, 'many.jsonl'), `${lines.join('\n')}\n`);
}
