import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { picture, startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { NotebookPage } from './notebookpage';

const OWN = join(import.meta.dirname, '../../.venv/bin/python');
const PYTHON = existsSync(OWN) ? OWN : 'python3';

/** A kernel that finds no Cellmark, as one of an environment without it. */
const BARE = {
  display_name: 'bare',
  language: 'python',
  argv: [
    PYTHON,
    '-c',
    'import sys; sys.modules["cellmark"] = None\n' +
      'from ipykernel.kernelapp import launch_new_instance; launch_new_instance()',
    '-f',
    '{connection_file}'
  ]
};

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('hints');
  const folder = join(lab.kernels, 'bare');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'kernel.json'), JSON.stringify(BARE));
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

describe('a kernel without Cellmark', () => {
  it('is told in the sidebar and the status bar, with the line that mends it', async () => {
    const cells = [{ source: 'seed = 1', tags: ['parameters'] }];
    const notebook = await NotebookPage.open(lab, browser, 'bare.ipynb', cells, 'bare');
    const { page } = notebook;
    await notebook.runFromPalette('Show Runs of This Notebook');
    const hint = page.locator('.jp-Cellmark-panel .jp-Cellmark-hint');
    await hint.getByText('%pip install cellmark', { exact: true }).waitFor();
    await picture(page, 'hint');

    await page.getByRole('button', { name: 'Cellmark: not logging' }).click();
    const dialog = page.locator('.jp-Dialog');
    await dialog.getByText('is not installed in the environment').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.close();
  });

  it('is nothing to tell of where cells are logged', async () => {
    const cells = [{ source: 'seed = 1', tags: ['parameters'] }];
    const notebook = await NotebookPage.open(lab, browser, 'logged.ipynb', cells);
    const { page } = notebook;
    await notebook.runFromPalette('Show Runs of This Notebook');
    await page.getByRole('button', { name: 'Cellmark: logging' }).waitFor();
    expect(await page.locator('.jp-Cellmark-panel .jp-Cellmark-hint:visible').count()).toBe(0);
    await page.close();
  });
});
