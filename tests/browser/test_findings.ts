import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { NotebookPage } from './notebookpage';
import { lookInThemes } from './themes';

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('findings');
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

describe('findings', () => {
  it('are marked as one types, explained, and silenced by tag', async () => {
    const cells = [
      { source: 'import random' },
      { source: 'weight = random.random()', tags: ['data'] },
      { source: 'done = 1' }
    ];
    const notebook = await NotebookPage.open(lab, browser, 'marks.ipynb', cells);
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
    await lookInThemes(page, 'findings', '.jp-Cellmark-panel');

    await list.getByRole('button', { name: 'Cell 2, line 1' }).click();
    await page.locator('.jp-Cell.jp-mod-active').getByText('weight').waitFor();
    await list.getByRole('button', { name: 'Silence' }).first().click();
    await list.getByText('Findings (1)').waitFor();
    expect((await notebook.save())[1]).toEqual(['data', 'cellmark-ignore-CM303']);

    await list.getByRole('button', { name: 'Why?' }).click();
    const rule = page.locator('.jp-Cellmark-ruleView');
    await rule.getByText('CM105 undefined-name').waitFor();
    await lookInThemes(page, 'rule', '.jp-Cellmark-ruleView');
    await page.close();
  });
});
