import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { look, startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { type ICell, NotebookPage } from './notebookpage';

const CELLS: ICell[] = [
  { source: 'C = 0.5', tags: ['parameters'] },
  {
    source: 'import numpy as np\nX = np.arange(40.0).reshape(20, 2)\ny = np.arange(20) % 2',
    tags: ['data']
  },
  {
    source:
      'from sklearn.linear_model import LogisticRegression\n' +
      'model = LogisticRegression(C=C).fit(X, y)'
  },
  { source: 'accuracy = (model.predict(X) == y).mean()', tags: ['evaluate'] }
];

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('shell');
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

function menuItem(page: Page, label: string): Locator {
  const words = page.getByText(label, { exact: true });
  return page.locator('.lm-Menu-item').filter({ has: words });
}

describe('JupyterLab itself', () => {
  it('offers settings, a tile, menus, and roles in the inspector', async () => {
    const notebook = await NotebookPage.open(lab, browser, 'offers.ipynb', CELLS);
    const { page } = notebook;
    await notebook.chips('C = 0.5').waitFor();
    await page.locator('.lm-MenuBar-itemLabel', { hasText: 'View' }).click();
    await menuItem(page, 'Cellmark').hover();
    await menuItem(page, 'Show Roles of Cells').click();
    await notebook.chips('C = 0.5').waitFor({ state: 'hidden' });
    await notebook.runFromPalette('Show Roles of Cells');
    await notebook.chips('C = 0.5').waitFor();

    await notebook.select(notebook.cell('LogisticRegression'));
    await page.keyboard.press('Control+Shift+U');
    await page.locator('.jp-Collapse-header', { hasText: 'Cellmark Role' }).click();
    const tool = page.locator('.jp-Cellmark-rolesTool');
    await tool.getByRole('checkbox', { name: /^Train/ }).check();
    await notebook.chips('LogisticRegression').getByText('Train').waitFor();
    await look(page, 'inspector', '.jp-Cellmark-rolesTool');

    const file = page.locator('.jp-DirListing-item', { hasText: 'offers.ipynb' });
    await file.click({ button: 'right' });
    await menuItem(page, 'Cellmark').hover();
    await menuItem(page, 'Show Runs').click();
    await page.getByText('No runs yet').waitFor();

    await notebook.runFromPalette('New Launcher');
    await page.locator('.jp-LauncherCard', { hasText: 'Tagged Notebook' }).click();
    const chips = page.getByRole('button', { name: 'Cellmark roles: Evaluate. Change' });
    await expect.poll(() => chips.last().isVisible()).toBe(true);
    await page.close();
  });
});
