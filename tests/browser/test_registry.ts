import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { NotebookPage } from './notebookpage';
import { lookInThemes, pictureInThemes } from './themes';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const OWN = join(ROOT, '.venv/bin/python');
const PYTHON = existsSync(OWN) ? OWN : 'python3';
const PATIENCE = 60_000;

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('registry');
  browser = await startChromiumForLab();
  await registerBundle();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

/** A small bundle of the generated tests, registered in the project that the file browser shows. */
async function registerBundle(): Promise<void> {
  const source = join(ROOT, 'tests/generated/mini.py');
  const code =
    'import runpy, sys, pathlib\n' +
    'runpy.run_path(sys.argv[1])["mini_bundle"](pathlib.Path("mini-1"))';
  await run(PYTHON, ['-c', code, source], { cwd: lab.folder });
  await run(PYTHON, ['-m', 'cellmark', 'register', 'mini-1'], { cwd: lab.folder });
}

describe('the registry', () => {
  it('is seen, and a version promoted by keyboard', async () => {
    const cells = [{ source: 'seed = 1', tags: ['parameters'] }];
    const notebook = await NotebookPage.open(lab, browser, 'models.ipynb', cells);
    const { page } = notebook;
    await notebook.runFromPalette('Show Runs of This Notebook');
    const section = page.locator('.jp-Cellmark-registry');
    await section.locator('summary', { hasText: 'Models (1)' }).focus();
    await page.keyboard.press('Enter');
    await lookInThemes(page, 'registry', '.jp-Cellmark-panel');

    await section.getByRole('button', { name: /^Promote mini@/ }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.locator('.jp-Dialog');
    await dialog.getByText('The alias that will point to it').waitFor();
    await dialog.locator('input').fill('champion');
    await page.keyboard.press('Enter');
    await dialog.getByText('Why, for who reads the history').waitFor();
    await dialog.locator('input').fill('tried by hand');
    await page.keyboard.press('Enter');

    await expect
      .poll(() => section.locator('.jp-Cellmark-alias').allTextContents(), { timeout: PATIENCE })
      .toContain('champion');
    await lookInThemes(page, 'promoted', '.jp-Cellmark-panel');

    await section.getByRole('button', { name: /^Model card of mini@/ }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.jp-Cellmark-bundleView').getByText('Greatest difference').waitFor();

    await section.getByRole('button', { name: 'History of mini' }).focus();
    await page.keyboard.press('Enter');
    await dialog.getByText('(tried by hand)').first().waitFor();
    await dialog.getByText('Every event is signed').waitFor();
    await pictureInThemes(page, 'history');
    await page.close();
  });
});
