import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ILab, startLab } from './lab';
import { NotebookPage } from './notebookpage';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const OWN = join(ROOT, '.venv/bin/python');
const PYTHON = existsSync(OWN) ? OWN : 'python3';
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SCREENSHOTS = process.env['CELLMARK_SCREENSHOTS'] ?? join(tmpdir(), 'cellmark-screenshots');
const AXE = join(ROOT, 'node_modules/axe-core/axe.min.js');
const PATIENCE = 60_000;

let lab: ILab;
let browser: Browser;

beforeAll(async () => {
  lab = await startLab();
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
  });
  await registerBundle();
});

afterAll(async () => {
  await browser.close();
  await lab.stop();
});

/** A small bundle of the generated tests, registered in the project that the file browser shows. */
async function registerBundle(): Promise<void> {
  await mkdir(join(lab.folder, '.cellmark'));
  const source = join(ROOT, 'tests/generated/mini.py');
  const code =
    'import runpy, sys, pathlib\n' +
    'runpy.run_path(sys.argv[1])["mini_bundle"](pathlib.Path("mini-1"))';
  await run(PYTHON, ['-c', code, source], { cwd: lab.folder });
  await run(PYTHON, ['-m', 'cellmark', 'register', 'mini-1'], { cwd: lab.folder });
}

async function look(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => {
    const { axe } = window as unknown as { axe: { run(on: string): Promise<AxeResults> } };
    return axe.run('.jp-Cellmark-panel');
  });
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

describe('the registry', () => {
  it.each([
    ['JupyterLab Light', 'champion'],
    ['JupyterLab Dark', 'challenger']
  ])('is seen, and a version promoted by keyboard, in %s', async (theme, alias) => {
    await lab.setTheme(theme);
    const cells = [{ source: 'seed = 1', tags: ['parameters'] }];
    const notebook = await NotebookPage.open(lab, browser, `registry-${alias}.ipynb`, cells);
    const { page } = notebook;
    await notebook.runFromPalette('Show Runs of This Notebook');
    const section = page.locator('.jp-Cellmark-registry');
    await section.locator('summary', { hasText: 'Models (1)' }).focus();
    await page.keyboard.press('Enter');
    await look(page, `registry ${theme}`);

    await section.getByRole('button', { name: /^Promote mini@/ }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.locator('.jp-Dialog');
    await dialog.getByText('The alias that will point to it').waitFor();
    await dialog.locator('input').fill(alias);
    await page.keyboard.press('Enter');
    await dialog.getByText('Why, for who reads the history').waitFor();
    await dialog.locator('input').fill('tried by hand');
    await page.keyboard.press('Enter');

    await expect
      .poll(() => section.locator('.jp-Cellmark-alias').allTextContents(), { timeout: PATIENCE })
      .toContain(alias);
    await look(page, `promoted ${theme}`);

    await section.getByRole('button', { name: 'History of mini' }).focus();
    await page.keyboard.press('Enter');
    await dialog.getByText('(tried by hand)').first().waitFor();
    await dialog.getByText('Every event is signed').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `history ${theme}.png`) });
    await page.close();
  });
});
