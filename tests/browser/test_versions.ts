import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { look, startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { type ICell, NotebookPage } from './notebookpage';

/** What the main journey needs, in any JupyterLab and Notebook that is supported. */
const CELLS: ICell[] = [
  { source: 'X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]' },
  { source: 'from sklearn.linear_model import LogisticRegression as Model' },
  { source: 'model = Model().fit(X, y)' },
  { source: 'accuracy = model.score(X, y)', tags: ['evaluate'] }
];

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('versions');
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

it.each([
  ['JupyterLab', 'lab/tree'],
  ['Notebook', 'notebooks']
])('a cell is tagged and run, and its run seen and opened, in %s', async (name, place) => {
  const notebook = await NotebookPage.open(lab, browser, `${name}.ipynb`, CELLS, 'python3', place);
  const { page } = notebook;
  await notebook.select(notebook.cell('Model().fit'));
  await page.keyboard.press('t');
  await page.keyboard.press('t');
  await notebook.chips('Model().fit').getByText('Train').waitFor();
  await notebook.runFromPalette('Show Runs of This Notebook');
  await page.getByText('No runs yet').waitFor();
  await notebook.runFromPalette('Run All Cells');
  const run = page.locator('.jp-Cellmark-run');
  await run.first().getByText('accuracy').waitFor();
  await look(page, `runs in ${name}`, '.jp-Cellmark-panel');
  await run.first().click();
  await page.locator('.jp-Cellmark-runView').getByText('Cells as they ran').waitFor();
  await look(page, `run in ${name}`, '.jp-Cellmark-runView');
  expect(await run.count()).toBe(1);
  await page.close();
});
