import { readdir } from 'node:fs/promises';
import type { BrowserContext, Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startChromiumForLab } from './chromium';
import { Keyboard } from './keyboard';
import { enterLab, type ILab } from './lab';
import { type ICell, NotebookPage } from './notebookpage';

const LONG = { timeout: 240_000 };
const LONGEST = 600_000;

const CELLS: ICell[] = [
  { source: 'C = 0.5', tags: ['parameters'] },
  { source: 'X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]', tags: ['data'] },
  { source: 'from sklearn.linear_model import LogisticRegression as Model' },
  { source: 'model = Model(C=C).fit(X, y)' },
  { source: 'accuracy = model.score(X, y)', tags: ['evaluate'] }
];

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('keyboard');
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

it(
  'all is done by keys: tag, run, open, compare, star, delete, undo, explain, package, restore',
  async () => {
    const notebook = await NotebookPage.open(lab, browser, 'keys.ipynb', CELLS);
    const { page } = notebook;
    const keys = new Keyboard(page);
    const runs = page.locator('.jp-Cellmark-run');
    const run = (at: number): Locator => runs.nth(at);
    const cell = page.locator('.jp-Notebook.jp-mod-commandMode :focus');
    const view = (kind: string): Locator => page.locator(`.jp-Cellmark-${kind}:visible`);

    await cell.waitFor();
    await keys.press('ArrowDown', 'ArrowDown', 'ArrowDown', 't', 't');
    await notebook.chips('Model(C=C)').getByText('Train').waitFor();

    await keys.choose('Run All Cells');
    await keys.press('Control+Shift+Y');
    await run(0).getByText('accuracy').waitFor();
    await keys.arrives(run(0));

    // Back to the notebook, for another run with another parameter.
    await keys.press('Control+Shift+]');
    await cell.waitFor();
    await keys.press('Escape', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'Enter', 'Control+a');
    await keys.type('C = 0.01');
    await keys.press('Escape');
    await keys.choose('Run All Cells');
    await run(1).getByText('accuracy').waitFor();
    await run(0).getByText('accuracy').waitFor();

    await keys.press('t', 'u');
    await keys.arrives(runs.and(page.locator('[tabindex="0"]')));
    await keys.press('Home');
    await keys.arrives(run(0));
    await keys.press('Enter');
    await view('runView').getByText('Cells as they ran').waitFor();
    await keys.goTo(view('runView').getByRole('button', { name: 'Go to Cell' }).first());

    await keys.press('Control+Shift+Y', 'Home', 'Space', 'ArrowDown', 'Space', 'c');
    await view('compareView').getByText('0.01').first().waitFor();
    await keys.arrives(view('compareView'));
    await keys.goTo(view('compareView').locator('.jp-Cellmark-tableFrame').first());

    await keys.press('Control+Shift+Y', 'Home', 's');
    await run(0).locator('[aria-pressed="true"]').waitFor();
    await keys.press('Shift+F10', 'ArrowDown', 'Escape');
    await keys.arrives(run(0));
    await keys.press('Delete');
    await expect.poll(() => runs.count()).toBe(1);
    await keys.arrives(run(0));
    await keys.press('Delete');
    await page.getByText('No runs yet').waitFor();
    await keys.press('z', 'z');
    await expect.poll(() => runs.count()).toBe(2);
    await keys.press('End');
    await keys.arrives(run(1));

    await keys.press('Control+Shift+]');
    await cell.waitFor();
    await keys.press('Escape', 't', 'v');
    await page
      .locator('.jp-Cellmark-verdict')
      .first()
      .waitFor({ ...LONG, state: 'attached' });
    await keys.press('t', 'b');
    await page.locator('.jp-Dialog').getByLabel('The model’s name').waitFor();
    await keys.press('Enter');
    await view('packageView').getByText('Packaging keys').waitFor();
    await keys.goTo(view('packageView').getByRole('button', { name: 'Cancel' }));
    await keys.press('Enter');
    await view('packageView').getByText('Nothing was written').waitFor();
    await keys.arrives(view('packageView'));

    await keys.press('Control+Shift+Y', 'r');
    await expect.poll(() => readdir(lab.folder)).toHaveLength(4);
    await cell.waitFor();
  },
  LONGEST
);
