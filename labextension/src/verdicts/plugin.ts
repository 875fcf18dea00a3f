import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { RunsApi } from '../runs/api';
import { IRuns } from '../runs/tokens';
import { VerdictMarks } from './marks';
import { type IWork, withProgress } from './progress';
import { parseExplained } from './verdict';
import { legend, wordsIn } from './wording';

export const EXPLAIN_NOTEBOOK = 'cellmark:explain-notebook';

interface IContext {
  readonly app: JupyterFrontEnd;
  readonly api: RunsApi;
  readonly tracker: INotebookTracker;
  readonly trans: TranslationBundle;
}

const verdicts: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:verdicts',
  description: 'Shows beside the code what packaging makes of it.',
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
    palette?.addItem({ command: EXPLAIN_NOTEBOOK, category: trans.__('Cellmark') });
  }
};

function addExplain({ app, api, tracker, trans }: IContext): void {
  const called = wordsIn(trans);
  const marks = new VerdictMarks(called);
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
          [words, legend(judged, called), ...atLarge].join('\n'),
          derivable ? 'success' : 'warning',
          options
        );
      })
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

export const plugins = [verdicts];
