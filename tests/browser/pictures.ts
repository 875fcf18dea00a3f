import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, it } from 'vitest';
import { startChromiumForLab } from './chromium';
import { enterLab, type ILab } from './lab';
import { NotebookPage } from './notebookpage';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'example_notebooks');
const IMAGES = join(ROOT, 'docs/images');
/** A learning rate and a number of trees each. */
const TRIED = [
  [0.1, 150],
  [0.2, 150],
  [0.05, 300]
] as const;

/** The notebook runs four times, once of them traced. */
const LONG = { timeout: 480_000 };

/** What JupyterLab lets one do with the notebook in front. */
interface IApp {
  readonly shell: {
    readonly currentWidget: {
      readonly content: {
        activeCellIndex: number;
        readonly widgets: readonly {
          readonly model: { readonly sharedModel: { source: string; setSource(to: string): void } };
        }[];
        scrollToItem(index: number, align: string): Promise<void>;
      };
    };
  };
}

let lab: ILab;
let browser: BrowserContext;

beforeAll(async () => {
  lab = await enterLab('churn');
  await cp(EXAMPLES, lab.folder, { recursive: true });
  browser = await startChromiumForLab();
});

afterAll(async () => {
  await browser.close();
  await lab.leave();
});

it('draws chips, runs, a comparison and verdicts', LONG, async () => {
  const notebook = await NotebookPage.openFile(lab, browser, 'churn.ipynb');
  const { page } = notebook;
  await notebook.runFromPalette('Show Runs of This Notebook');
  for (const [at, [rate, trees]] of TRIED.entries()) {
    await change(page, rate, trees);
    await notebook.runFromPalette('Run All Cells');
    await page.locator('.jp-Cellmark-run').nth(at).waitFor();
    await idle(page);
  }
  await scrollTo(page, 'model = GradientBoostingClassifier');
  await run(page, 'n_estimators 300')
    .getByRole('button', { name: /^Star run/ })
    .click();
  await take(page, 'runs');
  const cell = notebook.cell('model = GradientBoostingClassifier');
  await cell.screenshot({ path: join(IMAGES, 'chips.png') });

  await run(page, 'n_estimators 300').getByRole('checkbox').click();
  await run(page, 'learning_rate 0.2').getByRole('checkbox').click();
  await page.getByRole('button', { name: 'Compare 2' }).click();
  await page.locator('.jp-Cellmark-compareView .jp-Cellmark-codeDiff').first().waitFor();
  await page.locator('.jp-Cellmark-chart svg, .jp-Cellmark-chart canvas').first().waitFor();
  await take(page, 'compare');

  await page.locator('.lm-TabBar-tab', { hasText: 'churn.ipynb' }).click();
  await notebook.runFromPalette('Show What Packaging Makes of This Notebook');
  await page.locator('.jp-Cellmark-verdict').nth(5).waitFor(LONG);
  await scrollTo(page, 'scaler = StandardScaler');
  await page.getByText('fit_transform').first().hover();
  await page.locator('.jp-Cellmark-verdictTip').waitFor();
  await take(page, 'verdicts');
});

function run(page: Page, ...words: string[]): Locator {
  const rows = page.locator('.jp-Cellmark-run');
  return words.reduce((found, hasText) => found.filter({ hasText }), rows).first();
}

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(IMAGES, `${name}.png`), animations: 'disabled' });
}

/** Write other parameters into the notebook, as a person would. */
async function change(page: Page, rate: number, trees: number): Promise<void> {
  await page.evaluate(
    ([rate, trees]) => {
      const { jupyterapp } = window as unknown as { jupyterapp: IApp };
      const { widgets } = jupyterapp.shell.currentWidget.content;
      const models = widgets.map(({ model }) => model.sharedModel);
      const parameters = models.find(({ source }) => source.includes('learning_rate = '));
      parameters?.setSource(
        parameters.source
          .replace(/learning_rate = .*/, `learning_rate = ${rate}`)
          .replace(/n_estimators = .*/, `n_estimators = ${trees}`)
      );
    },
    [rate, trees]
  );
}

async function idle(page: Page): Promise<void> {
  await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor();
  await page.locator('.jp-Cellmark-live').waitFor({ state: 'hidden' });
}

async function scrollTo(page: Page, words: string): Promise<void> {
  await page.evaluate(async words => {
    const { jupyterapp } = window as unknown as { jupyterapp: IApp };
    const { content } = jupyterapp.shell.currentWidget;
    const at = content.widgets.findIndex(({ model }) => model.sharedModel.source.includes(words));
    content.activeCellIndex = at;
    await content.scrollToItem(at, 'center');
  }, words);
}
