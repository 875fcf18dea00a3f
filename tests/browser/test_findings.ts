import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ILab, startLab } from './lab';
import { NotebookPage } from './notebookpage';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SCREENSHOTS = process.env['CELLMARK_SCREENSHOTS'] ?? join(tmpdir(), 'cellmark-screenshots');
const AXE = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js');

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

async function look(page: Page, name: string, part: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(async selector => {
    const { axe } = window as unknown as { axe: { run(on: string): Promise<AxeResults> } };
    return axe.run(selector);
  }, part);
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

describe('findings', () => {
  it.each(['JupyterLab Light', 'JupyterLab Dark'])(
    'are marked as one types, explained, and silenced by tag, in %s',
    async theme => {
      await lab.setTheme(theme);
      const name = `findings-${theme.slice(11)}.ipynb`;
      const cells = [
        { source: 'import random' },
        { source: 'weight = random.random()', tags: ['data'] },
        { source: 'done = 1' }
      ];
      const notebook = await NotebookPage.open(lab, browser, name, cells);
      const { page } = notebook;
      await page.setViewportSize({ width: 1400, height: 800 });
      const marks = page.locator('.jp-CodeCell .jp-Cellmark-finding');
      await expect.poll(() => marks.allTextContents()).toEqual(['random.random()']);

      await notebook.cell('done = 1').locator('.cm-content').fill('print(nowhere)');
      await page.locator('.jp-Cellmark-finding[data-rule="CM105"]').waitFor();
      await notebook.runFromPalette('Show Findings in This Notebook');
      const list = page.locator('.jp-Cellmark-findings');
      await list.getByText('Findings (2)').waitFor();
      await marks.first().hover();
      await page.locator('.jp-Cellmark-findingTip').getByText('CM303').waitFor();
      await look(page, `findings ${theme}`, '.jp-Cellmark-panel');

      await list.getByRole('button', { name: 'Cell 2, line 1' }).click();
      await page.locator('.jp-Cell.jp-mod-active').getByText('weight').waitFor();
      await list.getByRole('button', { name: 'Silence' }).first().click();
      await list.getByText('Findings (1)').waitFor();
      expect((await notebook.save())[1]).toEqual(['data', 'cellmark-ignore-CM303']);

      await list.getByRole('button', { name: 'Why?' }).click();
      const rule = page.locator('.jp-Cellmark-ruleView');
      await rule.getByText('CM105 undefined-name').waitFor();
      await look(page, `rule ${theme}`, '.jp-Cellmark-ruleView');
      await page.close();
    }
  );
});
