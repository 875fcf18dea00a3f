import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture, startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { type ICell, NotebookPage } from './notebookpage';
import { lookInThemes } from './themes';

/** Packaging runs the notebook, locks its packages and proves the result. */
const LONG = { timeout: 240_000 };
const LONGEST = 600_000;

const REFUSED = 'df["place"] = df["x"].rank()';
const KEPT = 'df["place"] = df["x"] / 60';
const CELLS: ICell[] = [
  { source: 'import pandas as pd' },
  { source: 'df = pd.read_csv("rows.csv")', tags: ['data'] },
  { source: `${REFUSED}\nX, y = df[["x", "place"]], df["y"]`, tags: ['preprocess'] },
  {
    source:
      'from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression().fit(X, y)',
    tags: ['train']
  },
  { source: 'accuracy = (model.predict(X) == y).mean()', tags: ['evaluate'] }
];

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('packaging');
  const rows = Array.from({ length: 60 }, (_, at) => `${at},${Number(at % 7 > 2)}`);
  await writeFile(join(lab.folder, 'rows.csv'), `x,y\n${rows.join('\n')}\n`);
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

describe('packaging', () => {
  it(
    'says what is refused, leads there, and then shows the proven bundle',
    async () => {
      const name = 'churn';
      const notebook = await NotebookPage.open(lab, browser, `${name}.ipynb`, CELLS);
      const { page } = notebook;
      await page.setViewportSize({ width: 1500, height: 900 });
      await notebook.runFromPalette('Show What Packaging Makes of This Notebook');
      const marks = page.locator('.jp-Cellmark-verdict[data-verdict="refused"]');
      await marks.first().waitFor({ ...LONG, state: 'attached' });

      const view = page.locator('.jp-Cellmark-packageView');
      await startPackaging(page, name);
      await view.getByText('What stands in the way').waitFor(LONG);
      await lookInThemes(page, 'refused', '.jp-Cellmark-packageView');
      await view.getByRole('button', { name: 'Cell 3, line 1' }).click();
      const active = page.locator('.jp-Cell.jp-mod-active');
      await active.getByText('rank').waitFor();
      expect(await readdir(lab.folder)).not.toContain(`${name}-1`);

      await active.locator('.cm-content').fill(`${KEPT}\nX, y = df[["x", "place"]], df["y"]`);
      await startPackaging(page, name);
      await view.getByText('Packaging').waitFor();
      await picture(page, 'packaging');
      await view.locator('.jp-Cellmark-verdictLine').waitFor(LONG);
      await view.locator('.jp-Cellmark-card h1').waitFor();
      await lookInThemes(page, 'packaged', '.jp-Cellmark-bundleView');
      expect(await readdir(lab.folder)).toContain(`${name}-1`);

      await view.getByRole('button', { name: 'Register' }).click();
      await page.getByText(`${name}@1 is registered`).waitFor(LONG);
      await view.getByRole('button', { name: 'Open Folder' }).click();
      await page.locator('.jp-DirListing').getByText('MANIFEST.json').waitFor();
      await page.close();
    },
    LONGEST
  );

  it('is cancelled, and leaves nothing behind', async () => {
    const cells = [
      { source: 'import time; time.sleep(600)', tags: ['data'] },
      { source: 'model = 1', tags: ['train'] }
    ];
    const notebook = await NotebookPage.open(lab, browser, 'slow.ipynb', cells);
    const { page } = notebook;
    await startPackaging(page, 'slow');
    const view = page.locator('.jp-Cellmark-packageView');
    await view.getByText('running slow.ipynb').waitFor(LONG);
    await view.getByRole('button', { name: 'Cancel' }).click();
    await view.getByText('was cancelled. Nothing was written.').waitFor();
    expect((await readdir(lab.folder)).filter(file => file.startsWith('slow'))).toEqual([
      'slow.ipynb'
    ]);
    await page.close();
  });
});

/** By the button in the notebook's toolbar. */
async function startPackaging(page: Page, name: string): Promise<void> {
  await page.locator('.jp-NotebookPanel-toolbar').getByText('Package', { exact: true }).click();
  const dialog = page.locator('.jp-Dialog');
  await dialog.getByLabel('The model’s name').fill('Not Good');
  await dialog.getByText('Small letters and digits').waitFor();
  await dialog.getByLabel('The model’s name').fill(name);
  await dialog.getByRole('button', { name: 'Package' }).click();
  await dialog.waitFor({ state: 'detached' });
}
