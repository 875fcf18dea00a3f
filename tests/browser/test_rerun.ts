import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { NotebookPage } from './notebookpage';
import { pictureInThemes } from './themes';

const LONG = { timeout: 150_000 };

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('rerun');
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

describe('a run', () => {
  it('is run again, and the report opened', async () => {
    const notebook = await NotebookPage.open(lab, browser, 'again.ipynb', [
      { source: 'C = 0.5', tags: ['parameters'] },
      { source: 'model = C * 2', tags: ['train'] },
      { source: 'accuracy = model / 4\nprint("measured", accuracy)', tags: ['evaluate'] }
    ]);
    const { page } = notebook;
    await page.setViewportSize({ width: 1400, height: 800 });
    await notebook.runFromPalette('Show Runs of This Notebook');
    await notebook.select(notebook.cell('measured'));
    await notebook.runFromPalette('Run All Cells');
    const run = page.locator('.jp-Cellmark-run').first();
    await run.getByText('accuracy').waitFor();
    await run.click({ button: 'right' });
    await page.locator('.lm-Menu-item').getByText('Run Again and Compare').click();
    const view = page.locator('.jp-Cellmark-rerunView');
    await view.getByText('equal to the last bit').waitFor(LONG);
    await pictureInThemes(page, 'rerun');
    await view.getByRole('button', { name: 'Open Report' }).click();
    const report = page.frameLocator('.jp-Cellmark-reportView iframe');
    await report.getByText('Reproduced').first().waitFor();
    await pictureInThemes(page, 'report');
    await page.close();
  });
});
