import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { expect, onTestFailed } from 'vitest';
import { picture } from './chromium';
import type { ILab } from './lab';

const PATIENCE = 60_000;

/** A code cell's source and, if it has any, its tags. */
export interface ICell {
  readonly source: string;
  readonly tags?: string[];
}

/** What JupyterLab tells of the notebook in front. */
interface IApp {
  readonly shell: {
    readonly currentWidget: {
      readonly sessionContext?: {
        readonly session: { readonly kernel: { readonly status: string } | null } | null;
      };
    } | null;
  };
}

/** One notebook, opened in JupyterLab as a person sees it. */
export class NotebookPage {
  private constructor(
    readonly page: Page,
    private readonly file: string
  ) {}

  static async open(
    lab: ILab,
    browser: BrowserContext,
    name: string,
    cells: ICell[],
    kernel = 'python3',
    place = 'lab/tree'
  ): Promise<NotebookPage> {
    await writeFile(join(lab.folder, name), JSON.stringify(notebookOf(cells, kernel), null, 1));
    const opened = await NotebookPage.openFile(lab, browser, name, place);
    await opened.cell(cells[0]?.source ?? '').waitFor();
    return opened;
  }

  /** Open a notebook that is there. */
  static async openFile(
    lab: ILab,
    browser: BrowserContext,
    name: string,
    place = 'lab/tree'
  ): Promise<NotebookPage> {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    onTestFailed(() => picture(page, `failed ${name}`));
    await page.goto(`${lab.url}/${place}/${lab.name}/${name}?reset`);
    const opened = new NotebookPage(page, join(lab.folder, name));
    await page.locator('.jp-Notebook .jp-Cell').first().waitFor();
    // Until the kernel has answered, JupyterLab is still starting, and may move the focus. What it
    // shows of the kernel is idle from the beginning, when there is none yet.
    await page.waitForFunction(() => {
      const { jupyterapp } = window as unknown as { jupyterapp?: IApp };
      const kernel = jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
      return kernel?.status === 'idle';
    });
    return opened;
  }

  get lastCell(): Locator {
    return this.page.locator('.jp-Cell').last();
  }

  /** The names of the menu items that show a check mark. */
  get checkedItems(): Locator {
    const mark = this.page.locator('.lm-Menu-itemIcon svg:visible');
    return this.page.locator('.lm-Menu-item').filter({ has: mark }).locator('.lm-Menu-itemLabel');
  }

  /** Notebooks draw only what is in view, so a cell is found by what it says. */
  cell(source: string): Locator {
    return this.page.locator('.jp-CodeCell').filter({ hasText: source });
  }

  chips(source: string): Locator {
    return this.cell(source).getByRole('button', { name: /^Cellmark roles/ });
  }

  /** Select a cell in command mode. */
  async select(cell: Locator): Promise<void> {
    await cell.locator('.jp-InputPrompt').click();
    await this.page.locator('.jp-Notebook.jp-mod-commandMode :focus').waitFor();
  }

  async runFromPalette(label: string): Promise<void> {
    await expect.poll(() => this.choseFromPalette(label), { timeout: PATIENCE }).toBe(true);
  }

  /** The palette closes when JupyterLab, busy with something else, takes the focus from it. */
  private async choseFromPalette(label: string): Promise<boolean> {
    const palette = this.page.locator('.jp-ModalCommandPalette');
    const quick = { timeout: 5000 };
    await this.page.keyboard.press('Control+Shift+C');
    try {
      await palette.locator('input').fill(label, quick);
      await palette.getByText(label, { exact: true }).click(quick);
      await palette.waitFor({ state: 'hidden' });
      return true;
    } catch {
      await this.page.keyboard.press('Escape');
      return false;
    }
  }

  async runFromContextMenu(source: string, submenu: string, label: string): Promise<void> {
    await this.cell(source).locator('.jp-InputPrompt').click({ button: 'right' });
    await this.menuItem(submenu).hover();
    await this.menuItem(label).click();
  }

  private menuItem(label: string): Locator {
    const words = this.page.getByText(label, { exact: true });
    return this.page.locator('.lm-Menu-item').filter({ has: words });
  }

  /** Save, and give back each cell's tags as the file on disk has them. */
  async save(): Promise<(string[] | undefined)[]> {
    const saved = this.page.waitForResponse(
      answer => answer.request().method() === 'PUT' && answer.url().includes('/api/contents/')
    );
    await this.page.keyboard.press('Control+S');
    await saved;
    const { cells } = JSON.parse(await readFile(this.file, 'utf8')) as {
      cells: { metadata: { tags?: string[] } }[];
    };
    return cells.map(({ metadata }) => metadata.tags);
  }
}

function notebookOf(cells: ICell[], kernel: string): object {
  return {
    cells: cells.map(({ source, tags }, i) => ({
      cell_type: 'code',
      execution_count: null,
      id: `cell-${i}`,
      metadata: tags ? { tags } : {},
      outputs: [],
      source
    })),
    metadata: {
      kernelspec: { display_name: kernel, language: 'python', name: kernel }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
}
