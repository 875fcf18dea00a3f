import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ILab, startLab } from './lab';
import { NotebookPage } from './notebookpage';

const OWN = join(import.meta.dirname, '../../.venv/bin/python');
const PYTHON = existsSync(OWN) ? OWN : 'python3';
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SCREENSHOTS = process.env['CELLMARK_SCREENSHOTS'] ?? join(tmpdir(), 'cellmark-screenshots');

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
let browser: Browser;

beforeAll(async () => {
  lab = await startLab();
  const folder = join(dirname(lab.folder), 'share/kernels/bare');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'kernel.json'), JSON.stringify(BARE));
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
  });
});

afterAll(async () => {
  await browser.close();
  await lab.stop();
});

describe('a kernel without Cellmark', () => {
  it('is told in the sidebar and the status bar, with the line that mends it', async () => {
    const cells = [{ source: 'seed = 1', tags: ['parameters'] }];
    const notebook = await NotebookPage.open(lab, browser, 'bare.ipynb', cells, 'bare');
    const { page } = notebook;
    await notebook.runFromPalette('Show Runs of This Notebook');
    const hint = page.locator('.jp-Cellmark-panel .jp-Cellmark-hint');
    await hint.getByText('%pip install cellmark', { exact: true }).waitFor();
    await mkdir(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, 'hint.png') });

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
