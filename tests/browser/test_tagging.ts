import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { picture, startChromiumForLab } from './chromium';
import { contrast } from './contrast';
import { enterLab, type ILab } from './lab';
import { type ICell, NotebookPage } from './notebookpage';
import { inThemes } from './themes';

/** What WCAG 2.2 asks of small text at level AA. */
const READABLE = 4.5;

const CELLS: ICell[] = [
  { source: 'churn_threshold = 0.5' },
  { source: 'rows = read_rows()', tags: ['mine'] },
  { source: 'model = fit(rows)', tags: ['train', 'evaluate'] }
];

let lab: ILab;
let browser: BrowserContext;
let opened: NotebookPage[] = [];

beforeAll(async () => {
  lab = await enterLab('tagging');
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

afterEach(async () => {
  await Promise.all(opened.map(({ page }) => page.close()));
  opened = [];
});

async function open(name: string, cells = CELLS): Promise<NotebookPage> {
  const notebook = await NotebookPage.open(lab, browser, name, cells);
  opened.push(notebook);
  return notebook;
}

describe('tagging a cell', () => {
  it('goes from the palette to the file, and back', async () => {
    const notebook = await open('palette.ipynb');
    const chips = notebook.chips('churn_threshold');
    await notebook.select(notebook.cell('churn_threshold'));

    await notebook.runFromPalette('Cell Role: Parameters');
    await chips.waitFor();
    await expect.poll(() => chips.innerText()).toBe('Parameters');
    expect(await notebook.save()).toEqual([['parameters'], ['mine'], ['train', 'evaluate']]);

    await notebook.runFromPalette('Cell Role: Parameters');
    await chips.waitFor({ state: 'hidden' });
    expect(await notebook.save()).toEqual(CELLS.map(({ tags }) => tags));
  });

  it('has a shortcut, and the notebook undoes it', async () => {
    const notebook = await open('shortcut.ipynb');
    const chips = notebook.chips('churn_threshold');
    await notebook.select(notebook.cell('churn_threshold'));

    await notebook.page.keyboard.press('t');
    await notebook.page.keyboard.press('p');
    await chips.waitFor();
    await notebook.page.keyboard.press('z');
    await chips.waitFor({ state: 'hidden' });
    await notebook.page.keyboard.press('Shift+z');
    await chips.waitFor();
  });

  it('works on cells that were added later', async () => {
    const notebook = await open('added.ipynb');
    const { keyboard } = notebook.page;
    await notebook.select(notebook.cell('fit(rows)'));
    await keyboard.press('b');
    await notebook.page.locator('.jp-CodeCell').nth(CELLS.length).waitFor();
    await notebook.select(notebook.lastCell);
    await keyboard.press('t');
    await keyboard.press('s');
    await notebook.page.getByRole('button', { name: 'Cellmark roles: Skip. Change' }).waitFor();
    expect((await notebook.save()).at(-1)).toEqual(['skip']);
  });

  it("has a context menu, and leaves other people's tags alone", async () => {
    const notebook = await open('menu.ipynb');
    await notebook.runFromContextMenu('read_rows', 'Cellmark Role', 'Data');
    await notebook.chips('read_rows').waitFor();
    expect(await notebook.save()).toEqual([undefined, ['mine', 'data'], ['train', 'evaluate']]);
  });
});

describe('the chips', () => {
  it('are worked by keyboard, which keeps its place', async () => {
    const notebook = await open('keyboard.ipynb');
    const { keyboard } = notebook.page;
    const chips = notebook.chips('fit(rows)');
    await expect.poll(() => chips.innerText()).toMatch(/^Train\s*Evaluate$/);

    await chips.focus();
    await keyboard.press('Enter');
    await notebook.checkedItems.nth(1).waitFor();
    expect(await notebook.checkedItems.allInnerTexts()).toEqual(['Train', 'Evaluate']);
    await keyboard.press('Escape');
    await expect.poll(() => chips.evaluate(node => node === document.activeElement)).toBe(true);

    await keyboard.press('Enter');
    for (const role of ['Parameters', 'Data']) {
      await keyboard.press('ArrowDown');
      await notebook.page.locator('.lm-Menu-item.lm-mod-active', { hasText: role }).waitFor();
    }
    await keyboard.press('Enter');
    await expect.poll(() => chips.innerText()).toMatch(/^Data\s*Train\s*Evaluate$/);
  });

  it('can be read in either theme', async () => {
    const notebook = await open('theme.ipynb', [
      { source: 'a = 1', tags: ['parameters', 'data', 'preprocess'] },
      { source: 'b = 2', tags: ['train', 'evaluate', 'skip'] }
    ]);
    await notebook.chips('b = 2').waitFor();
    await inThemes(notebook.page, async theme => {
      await picture(notebook.page, theme);
      const painted = await notebook.page.locator('.jp-Cellmark-chip').evaluateAll(chips =>
        chips.map(chip => {
          const { color, backgroundColor } = getComputedStyle(chip);
          return { role: chip.textContent, color, backgroundColor };
        })
      );
      expect(painted).toHaveLength(6);
      for (const { role, color, backgroundColor } of painted) {
        expect(contrast(color, backgroundColor), role).toBeGreaterThan(READABLE);
      }
    });
  });
});
