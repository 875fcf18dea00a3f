import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { RunsApi } from '../runs/api';
import { fieldsOf, numberOf, textOf } from '../runs/parse';
import { IRuns } from '../runs/tokens';
import type { VerdictWords } from './gutter';
import { VerdictMarks } from './marks';
import { type IWork, withProgress } from './progress';
import { parseExplained } from './verdict';

export const EXPLAIN_NOTEBOOK = 'cellmark:explain-notebook';
export const PACKAGE_NOTEBOOK = 'cellmark:package-notebook';

interface IContext {
  readonly app: JupyterFrontEnd;
  readonly api: RunsApi;
  readonly tracker: INotebookTracker;
  readonly trans: TranslationBundle;
}

const packaging: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:packaging',
  description: 'Shows beside the code what packaging makes of it, and packages notebooks.',
  autoStart: true,
  requires: [IRuns, INotebookTracker],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    runs: IRuns,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('cellmark');
    const context = { app, api: runs.api, tracker, trans };
    addExplain(context);
    addPackage(context);
    for (const command of [EXPLAIN_NOTEBOOK, PACKAGE_NOTEBOOK]) {
      palette?.addItem({ command, category: trans.__('Cellmark') });
    }
  }
};

function addExplain({ app, api, tracker, trans }: IContext): void {
  const marks = new VerdictMarks(wordsIn(trans));
  app.commands.addCommand(EXPLAIN_NOTEBOOK, {
    label: trans.__('Show What Packaging Makes of This Notebook'),
    caption: trans.__('Run the notebook clean, and mark what becomes of each statement'),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => tracker.currentWidget !== null,
    execute: () =>
      withNotebook(tracker, async panel => {
        const work = { title: trans.__('Judging the notebook'), kind: 'explain' } as const;
        const result = await onSaved(panel, api, work, trans);
        if (result === null) {
          return;
        }
        const { judged, derivable, atLarge } = parseExplained(result);
        marks.show(panel.content, judged);
        const words = derivable
          ? trans.__(
              'It can be packaged. Marks beside the code say what becomes of each statement.'
            )
          : trans.__(
              'It can’t be packaged yet. Red marks beside the code say why, and what to write.'
            );
        const options = { autoClose: 10_000 };
        Notification.emit(
          [words, ...atLarge].join('\n'),
          derivable ? 'success' : 'warning',
          options
        );
      })
  });
}

function addPackage(context: IContext): void {
  const { app, api, tracker, trans } = context;
  app.commands.addCommand(PACKAGE_NOTEBOOK, {
    label: trans.__('Package Notebook…'),
    caption: trans.__('Build a proven bundle from the notebook’s tagged cells'),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => tracker.currentWidget !== null,
    execute: () =>
      withNotebook(tracker, async panel => {
        const { path } = panel.context;
        const name = await askName(PathExt.basename(path, '.ipynb'), trans);
        if (name === null) {
          return;
        }
        const work = { title: trans.__('Packaging %1', name), kind: 'package', name } as const;
        const result = await onSaved(panel, api, work, trans);
        if (result !== null) {
          tellPackaged(context, path, result);
        }
      })
  });
}

function tellPackaged(
  { app: { commands }, api, trans }: IContext,
  notebook: string,
  result: unknown
): void {
  const packaged = fieldsOf(result);
  const rows = numberOf(fieldsOf(packaged['proof'])['rows']);
  const name = `${textOf(packaged['name'])}@${numberOf(packaged['version'])}`;
  const folder = PathExt.basename(textOf(packaged['bundle']));
  const path = PathExt.join(PathExt.dirname(notebook), folder, 'README.md');
  Notification.success(trans.__('%1 is in the folder %2, proven on %3 rows.', name, folder, rows), {
    autoClose: false,
    actions: [
      {
        label: trans.__('Register'),
        callback: () => {
          void import('../registry/commands').then(({ register }) =>
            register({ api, notebook, trans }, folder)
          );
        }
      },
      {
        label: trans.__('Open Model Card'),
        callback: () =>
          void commands.execute('docmanager:open', { path, factory: 'Markdown Preview' })
      }
    ]
  });
}

async function withNotebook(
  tracker: INotebookTracker,
  work: (panel: NotebookPanel) => Promise<void>
): Promise<void> {
  const panel = tracker.currentWidget;
  if (panel) {
    await work(panel);
  }
}

/** Long work reads the file, so what is on the page is saved first. */
async function onSaved(
  { context }: NotebookPanel,
  api: RunsApi,
  work: IWork,
  trans: TranslationBundle
): Promise<unknown> {
  const prepare = (): Promise<void> => context.save();
  return withProgress(api, context.path, work, trans, prepare);
}

async function askName(suggested: string, trans: TranslationBundle): Promise<string | null> {
  const { button, value } = await InputDialog.getText({
    title: trans.__('The model’s name'),
    text: suggested,
    okLabel: trans.__('Package')
  });
  return button.accept && value ? value : null;
}

function wordsIn(trans: TranslationBundle): VerdictWords {
  return {
    kept: trans.__('Kept'),
    frozen: trans.__('Frozen'),
    rewritten: trans.__('Rewritten'),
    dropped: trans.__('Dropped'),
    refused: trans.__('Refused')
  };
}

export const plugins = [packaging];
