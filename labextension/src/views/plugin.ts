/* eslint-disable jupyter/prefer-lazy-imports -- the views are small; what they draw with is JupyterLab's */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import {
  COMPARE_RUNS,
  describeRun,
  OPEN_RUN,
  parseRunArgs,
  RERUN,
  RESTORE_NOTEBOOK,
  showProblem
} from '../runs/commands';
import { runsIcon } from '../runs/icon';
import { jumpTo } from '../runs/jump';
import { IRuns } from '../runs/tokens';
import { short } from '../runs/words';
import { CompareView } from './compareview';
import { OpenedViews } from './opened';
import { RunView } from './runview';
import { parseComparison, parseShown } from './types';

const DOMAIN = 'cellmark';

/** What the views are made with. */
interface IContext {
  readonly app: JupyterFrontEnd;
  readonly runs: IRuns;
  readonly notebooks: INotebookTracker;
  readonly rendermime: IRenderMimeRegistry;
  readonly languages: IEditorLanguageRegistry;
  readonly trans: TranslationBundle;
  readonly opened: OpenedViews;
}

const views: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:views',
  description: 'Opens runs in the main area, compares them, and restores their notebooks.',
  autoStart: true,
  requires: [IRuns, INotebookTracker, IRenderMimeRegistry, IEditorLanguageRegistry],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    runs: IRuns,
    notebooks: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    languages: IEditorLanguageRegistry,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const opened = new OpenedViews(app, 'cellmark-view');
    const context = { app, runs, notebooks, rendermime, languages, trans, opened };
    addOpenRun(context);
    addCompareRuns(context);
    addRestoreNotebook(context);
    if (restorer) {
      opened.restoreBy(restorer, OPEN_OR_COMPARE);
    }
    app.commands.addCommand(OPEN_OR_COMPARE, {
      label: trans.__('Restore a Cellmark View'),
      isVisible: () => false,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: args => app.commands.execute('run' in args ? OPEN_RUN : COMPARE_RUNS, args)
    });
  }
};

/** Only for a page that is loaded again. */
const OPEN_OR_COMPARE = 'cellmark:restore-view';

function addOpenRun(context: IContext): void {
  const { app, runs, rendermime, trans, notebooks, opened } = context;
  app.commands.addCommand(OPEN_RUN, {
    label: trans.__('Open Run'),
    icon: runsIcon,
    describedBy: { args: describeRun(trans) },
    execute: args => {
      const { notebook, run } = parseRunArgs(OPEN_RUN, args);
      const content = (): RunView =>
        new RunView({
          ask: async () => parseShown(await runs.api.request('GET', `runs/${run}`, notebook)),
          trans,
          rendermime,
          onRestore: () => void app.commands.execute(RESTORE_NOTEBOOK, { notebook, run }),
          onRerun: () => void app.commands.execute(RERUN, { notebook, run }),
          onJump: cell => void showCell(app, notebooks, notebook, cell)
        });
      const label = trans.__('Run %1', short(run));
      opened.show({ notebook, run }, { label, icon: runsIcon, content });
    }
  });
}

function addCompareRuns(context: IContext): void {
  const { app, runs, rendermime, languages, trans, opened } = context;
  const list = { type: 'array', items: { type: 'string' }, minItems: 2 };
  app.commands.addCommand(COMPARE_RUNS, {
    label: trans.__('Compare Runs'),
    icon: runsIcon,
    describedBy: {
      args: {
        type: 'object',
        required: ['notebook', 'runs'],
        properties: { notebook: { type: 'string' }, runs: list }
      }
    },
    execute: args => {
      const { notebook } = parseRunArgs(COMPARE_RUNS, { ...args, run: '' });
      // The oldest first: what changed since stands to the right of what was.
      const chosen = [...(args['runs'] as string[])].sort();
      const query = chosen.map(run => ['run', run] as const);
      const content = (): CompareView =>
        new CompareView({
          ask: async () =>
            parseComparison(await runs.api.request('GET', 'compare', notebook, query)),
          trans,
          rendermime,
          languages
        });
      const label = trans.__('Compare %1 Runs', chosen.length);
      opened.show({ notebook, runs: chosen }, { label, icon: runsIcon, content });
    }
  });
}

function addRestoreNotebook({ app, runs, trans }: IContext): void {
  app.commands.addCommand(RESTORE_NOTEBOOK, {
    label: trans.__('Restore Notebook of Run'),
    caption: trans.__('Write the notebook as the run ran it to a new file, and open it beside'),
    describedBy: { args: describeRun(trans) },
    execute: async args => {
      const { notebook, run } = parseRunArgs(RESTORE_NOTEBOOK, args);
      try {
        const path = await runs.api.restore(notebook, run);
        await app.commands.execute('docmanager:open', { path, options: { mode: 'split-right' } });
      } catch (thrown) {
        await showProblem(trans.__('The notebook was not restored'), thrown);
      }
    }
  });
}

async function showCell(
  { commands }: JupyterFrontEnd,
  notebooks: INotebookTracker,
  path: string,
  cell: string
): Promise<void> {
  await commands.execute('docmanager:open', { path });
  jumpTo(notebooks.find(({ context }) => context.path === path) ?? null, cell);
}

export const plugins = [views];
