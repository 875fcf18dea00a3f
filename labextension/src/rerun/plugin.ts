/* eslint-disable jupyter/prefer-lazy-imports -- the commands are small */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import {
  COMPARE_RUNS,
  describeRun,
  OPEN_RUN,
  parseRunArgs,
  RERUN,
  showProblem
} from '../runs/commands';
import { runsIcon } from '../runs/icon';
import { jumpToLine } from '../runs/jump';
import { fieldsOf, textOf } from '../runs/parse';
import { IRuns } from '../runs/tokens';
import { short } from '../runs/words';
import { beginTask, TaskModel } from '../tasks/model';
import { OpenedViews } from '../views/opened';
import { ReportView } from './reportview';
import { type IRerunActions, RerunView } from './rerunview';

/** Only for a task that was begun, and for a page that is loaded again. */
const OPEN_RERUN = 'cellmark:open-rerun';
export const OPEN_REPORT = 'cellmark:open-report';

interface IContext {
  readonly app: JupyterFrontEnd;
  readonly api: IRuns['api'];
  readonly tracker: INotebookTracker;
  readonly trans: TranslationBundle;
  readonly views: OpenedViews;
}

const rerun: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:rerun',
  description: 'Runs the notebook of a run anew, and says whether it came out the same.',
  autoStart: true,
  requires: [IRuns, INotebookTracker],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    runs: IRuns,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ) => {
    const trans = (translator ?? nullTranslator).load('cellmark');
    const views = new OpenedViews(app, 'cellmark-rerun');
    const context = { app, api: runs.api, tracker, trans, views };
    addRerun(context);
    addOpenRerun(context);
    addOpenReport(context);
    if (restorer) {
      views.restoreBy(restorer, OPEN_RERUN);
    }
  }
};

function addRerun({ app, api, trans }: IContext): void {
  app.commands.addCommand(RERUN, {
    label: trans.__('Run Again and Compare'),
    caption: trans.__('Run the notebook as this run ran it, and say what differs and why'),
    icon: runsIcon,
    describedBy: { args: describeRun(trans) },
    execute: async args => {
      const { notebook, run } = parseRunArgs(RERUN, args);
      const env = args['env'] === 'locked' ? 'locked' : 'current';
      try {
        const task = await beginTask(api, notebook, { kind: 'reproduce', name: run, env });
        await app.commands.execute(OPEN_RERUN, { notebook, run, task });
      } catch (thrown) {
        await showProblem(trans.__('The run was not run again'), thrown);
      }
    }
  });
}

function addOpenRerun(context: IContext): void {
  const { app, api, trans, views } = context;
  app.commands.addCommand(OPEN_RERUN, {
    label: trans.__('Show How Running Again Goes'),
    isVisible: () => false,
    describedBy: { args: describeRun(trans) },
    execute: args => {
      if (!('task' in args)) {
        return app.commands.execute(OPEN_REPORT, args);
      }
      const { notebook, run } = parseRunArgs(OPEN_RERUN, args);
      const task = textOf(args['task']);
      const content = (): RerunView =>
        new RerunView({
          task: new TaskModel(api, notebook, task),
          trans,
          actions: actionsFor(context, notebook)
        });
      const label = trans.__('Run %1 Again', short(run));
      const instead = (of: ReadonlyPartialJSONObject): boolean => of['run'] === run && 'task' in of;
      views.show({ notebook, run, task }, { label, icon: runsIcon, content, instead });
      return undefined;
    }
  });
}

function addOpenReport({ app, api, trans, views }: IContext): void {
  app.commands.addCommand(OPEN_REPORT, {
    label: trans.__('Open Report of Reproduction'),
    icon: runsIcon,
    describedBy: { args: describeRun(trans) },
    execute: args => {
      const { notebook, run } = parseRunArgs(OPEN_REPORT, args);
      const ask = async (): Promise<string> =>
        textOf(fieldsOf(await api.request('GET', `runs/${run}/report`, notebook))['html']);
      const content = (): ReportView => new ReportView(ask, trans);
      const label = trans.__('Report on %1', short(run));
      views.show({ notebook, run }, { label, icon: runsIcon, content });
    }
  });
}

function actionsFor({ app, tracker }: IContext, notebook: string): IRerunActions {
  const { commands } = app;
  const jump = async (cell: number, line: number): Promise<void> => {
    await commands.execute('docmanager:open', { path: notebook });
    await jumpToLine(tracker.find(({ context }) => context.path === notebook) ?? null, cell, line);
  };
  return {
    jump: (cell, line) => void jump(cell, line),
    openReport: run => void commands.execute(OPEN_REPORT, { notebook, run }),
    openRun: run => void commands.execute(OPEN_RUN, { notebook, run }),
    compare: runs => void commands.execute(COMPARE_RUNS, { notebook, runs: [...runs] }),
    withOwnPackages: run => void commands.execute(RERUN, { notebook, run, env: 'locked' })
  };
}

export const plugins = [rerun];
