import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type ILab, startLab } from './lab';
import { NotebookPage } from './notebookpage';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SCREENSHOTS = process.env['CELLMARK_SCREENSHOTS'] ?? join(tmpdir(), 'cellmark-screenshots');
const LONG = { timeout: 150_000 };

let lab: ILab;
let browser: Browser;

beforeAll(async () => {
  lab = await startLab();
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
  });
});

afterAll(async () => {
  await browser.close();
  await lab.stop();
});

describe('a run', () => {
  it.each(['JupyterLab Light', 'JupyterLab Dark'])(
    'is run again, and the report opened, in %s',
    async theme => {
      await lab.setTheme(theme);
      const notebook = await NotebookPage.open(lab, browser, `rerun-${theme.slice(11)}.ipynb`, [
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
      await mkdir(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `rerun ${theme}.png`) });
      await view.getByRole('button', { name: 'Open Report' }).click();
      const report = page.frameLocator('.jp-Cellmark-reportView iframe');
      await report.getByText('Reproduced').first().waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, `report ${theme}.png`) });
      await page.close();
    }
  );
});
