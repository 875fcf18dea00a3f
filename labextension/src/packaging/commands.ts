import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { register } from '../registry/commands';
import type { RunsApi } from '../runs/api';
import { showProblem } from '../runs/commands';
import { jumpToLine } from '../runs/jump';
import { beginTask, TaskModel } from '../tasks/model';
import { parseTasks } from '../tasks/task';
import type { VerdictMarks } from '../verdicts/marks';
import { refusedAsJudged } from '../verdicts/verdict';
import type { OpenedViews } from '../views/opened';
import { askWish, type IAsked } from './asking';
import { parseBundle } from './bundle';
import { BundleView } from './bundleview';
import { packageIcon } from './icon';
import { OPEN_BUNDLE, OPEN_PACKAGING, PACKAGE_NOTEBOOK } from './ids';
import { type IPackageActions, PackageView } from './packageview';
import { type Choosable, requestOf } from './wish';

/** What everything here is made with. */
export interface IPackagingContext {
  readonly app: JupyterFrontEnd;
  readonly api: RunsApi;
  readonly tracker: INotebookTracker;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;
  readonly views: OpenedViews;
  readonly marks: VerdictMarks;
}

export function addPackage(context: IPackagingContext): void {
  const { app, tracker, trans } = context;
  app.commands.addCommand(PACKAGE_NOTEBOOK, {
    label: trans.__('Package Notebook…'),
    caption: trans.__('Build a proven bundle from the notebook’s tagged cells'),
    icon: packageIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => tracker.currentWidget !== null,
    execute: async () => {
      if (tracker.currentWidget) {
        await packageNotebook(context, tracker.currentWidget, {});
      }
    }
  });
}

/** Ask, save, begin; show how it goes. What is under way already is shown as it is. */
async function packageNotebook(
  context: IPackagingContext,
  panel: NotebookPanel,
  asked: IAsked
): Promise<void> {
  const { api, trans } = context;
  const { path } = panel.context;
  try {
    const task = (await runningIn(api, path)) ?? (await begun(context, panel, asked));
    if (task !== null) {
      await context.app.commands.execute(OPEN_PACKAGING, { notebook: path, task });
    }
  } catch (thrown) {
    await showProblem(trans.__('The notebook was not packaged'), thrown);
  }
}

async function runningIn(api: RunsApi, notebook: string): Promise<string | null> {
  const tasks = parseTasks(await api.request('GET', 'tasks', notebook));
  const running = tasks.find(({ kind, state }) => kind === 'package' && state === 'running');
  return running?.id ?? null;
}

async function begun(
  { api, trans }: IPackagingContext,
  panel: NotebookPanel,
  asked: IAsked
): Promise<string | null> {
  const wish = await askWish(panel, asked, trans);
  if (wish === null) {
    return null;
  }
  // It reads the file, so what is on the page is saved first.
  await panel.context.save();
  return beginTask(api, panel.context.path, requestOf(wish));
}

export function addOpenPackaging(context: IPackagingContext): void {
  const { app, api, tracker, rendermime, trans, views } = context;
  app.commands.addCommand(OPEN_PACKAGING, {
    label: trans.__('Show How Packaging Goes'),
    isVisible: () => false,
    describedBy: { args: describeTexts('notebook', 'task') },
    execute: args => {
      // A bundle's view comes back by this command too when the page is loaded again.
      if ('bundle' in args) {
        return app.commands.execute(OPEN_BUNDLE, args);
      }
      const { notebook, task } = textsIn(args, 'notebook', 'task');
      const content = (): PackageView =>
        new PackageView({
          task: new TaskModel(api, notebook, task),
          trans,
          rendermime,
          actions: actionsFor(context, notebook),
          askBundle: async folder =>
            parseBundle(await api.request('GET', 'bundle', notebook, [['bundle', folder]]))
        });
      const beside = panelOf(tracker, notebook)?.id;
      const label = trans.__('Package %1', PathExt.basename(notebook, '.ipynb'));
      views.show(
        { notebook, task },
        {
          label,
          icon: packageIcon,
          content,
          instead: of => of.notebook === notebook && 'task' in of,
          ...(beside === undefined ? {} : { beside })
        }
      );
      return undefined;
    }
  });
}

export function addOpenBundle(context: IPackagingContext): void {
  const { app, api, rendermime, trans, views } = context;
  app.commands.addCommand(OPEN_BUNDLE, {
    label: trans.__('Open Bundle'),
    icon: packageIcon,
    describedBy: { args: describeTexts('notebook', 'bundle') },
    execute: args => {
      const { notebook, bundle } = textsIn(args, 'notebook', 'bundle');
      const content = (): BundleView =>
        new BundleView({
          ask: async () =>
            parseBundle(await api.request('GET', 'bundle', notebook, [['bundle', bundle]])),
          actions: {},
          trans,
          rendermime
        });
      views.show({ notebook, bundle }, { label: bundle, icon: packageIcon, content });
    }
  });
}

function actionsFor(context: IPackagingContext, notebook: string): IPackageActions {
  const { app, api, tracker, trans, marks } = context;
  const panel = (): NotebookPanel | null => panelOf(tracker, notebook);
  let choosable: Choosable = {};
  return {
    register: folder => register({ api, notebook, trans }, folder),
    again: () => {
      const shown = panel();
      if (shown) {
        void packageNotebook(context, shown, {});
      }
    },
    openFolder: folder => {
      const path = PathExt.join(PathExt.dirname(notebook), folder);
      void app.commands.execute('filebrowser:go-to-path', { path, dontShowBrowser: false });
    },
    jump: (cell, line) => void showLine(context, notebook, cell, line),
    mark: refused => {
      choosable = Object.assign({}, ...refused.map(({ choose }) => choose)) as Choosable;
      const shown = panel();
      if (shown) {
        marks.show(shown.content, refused.flatMap(refusedAsJudged));
      }
    },
    choose: (what, name) => {
      const shown = panel();
      if (shown) {
        void packageNotebook(context, shown, { choosable, chosen: { [what]: name } });
      }
    }
  };
}

async function showLine(
  { app, tracker }: IPackagingContext,
  path: string,
  cell: number,
  line: number
): Promise<void> {
  await app.commands.execute('docmanager:open', { path });
  await jumpToLine(panelOf(tracker, path), cell, line);
}

function panelOf(tracker: INotebookTracker, path: string): NotebookPanel | null {
  return tracker.find(({ context }) => context.path === path) ?? null;
}

function textsIn<K extends string>(
  args: ReadonlyPartialJSONObject,
  ...names: K[]
): Record<K, string> {
  const found = names.map(name => [name, args[name]] as const);
  if (!found.every(([, value]) => typeof value === 'string')) {
    throw new TypeError(`arguments ${JSON.stringify(args)}; expected {${names.join(', ')}}`);
  }
  return Object.fromEntries(found) as Record<K, string>;
}

function describeTexts(...names: string[]): ReadonlyJSONObject {
  const properties = Object.fromEntries(names.map(name => [name, { type: 'string' }]));
  return { type: 'object', required: names, properties };
}
