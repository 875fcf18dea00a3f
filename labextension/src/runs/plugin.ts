/* eslint-disable jupyter/prefer-lazy-imports -- the sidebar is there from the start */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { FindingsSection } from '../findings/section';
import { IFindings } from '../findings/tokens';
import { RunsApi } from './api';
import {
  addMarkingCommands,
  COMPARE_RUNS,
  DELETE_RUN,
  NOTE_RUN,
  OPEN_RUN,
  RESTORE_NOTEBOOK,
  SHOW_RUNS,
  STAR_RUN,
  tellOutcomes
} from './commands';
import { EventStream } from './events';
import { TrainingWatch } from './executions';
import { runsIcon } from './icon';
import { jumpTo } from './jump';
import { keepNotebooks } from './keeping';
import type { IRunActions } from './list';
import { LiveCells } from './live';
import { RunsModel } from './model';
import { RunsPanel } from './panel';
import { registrySection } from '../registry/wiring';
import type { RegistryModel } from '../registry/model';
import { IRuns } from './tokens';
import type { IRunSummary } from './types';

const DOMAIN = 'cellmark';
const PANEL = 'cellmark-runs';
const RANK = 600;

const runs: JupyterFrontEndPlugin<IRuns> = {
  id: 'cellmark:runs',
  description: 'Knows the runs of the notebook in front, and keeps notebooks with their runs.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IRuns,
  activate: (_: JupyterFrontEnd, tracker: INotebookTracker): IRuns => {
    const api = new RunsApi();
    const live = new LiveCells();
    watchTraining(tracker, live);
    keepNotebooks(tracker, api);
    return { api, live, model: new RunsModel(api, live) };
  }
};

const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:sidebar',
  description: 'Shows the runs of the notebook in front in a sidebar.',
  autoStart: true,
  requires: [IRuns, INotebookTracker],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, IFindings],
  activate: (
    app: JupyterFrontEnd,
    given: IRuns,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    findings: IFindings | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const { api, model } = given;
    const { commands } = app;
    const actions = actionsOf(commands, model, tracker);
    const registry = registrySection(api, commands, trans);
    const found = findings ? [new FindingsSection({ ...findings, trans })] : [];
    const sections = [...found, registry.section];
    const panel = new RunsPanel({ model, actions, trans, sections });
    panel.id = PANEL;
    panel.title.icon = runsIcon;
    panel.title.caption = trans.__('Runs of this notebook');
    followNotebook({ panel, model, registry: registry.model, tracker, api });
    addMarkingCommands({ commands, model, trans, askText });
    tellOutcomes(model, trans);
    addShowRuns(app, panel, trans);
    palette?.addItem({ command: SHOW_RUNS, category: trans.__('Cellmark') });
    restorer?.add(panel, PANEL);
    app.shell.add(panel, 'left', { rank: RANK });
  }
};

interface IFollowed {
  readonly panel: RunsPanel;
  readonly model: RunsModel;
  readonly registry: RegistryModel;
  readonly tracker: INotebookTracker;
  readonly api: RunsApi;
}

/** Nothing is asked and nothing is heard while nobody sees the panel. */
function followNotebook({ panel, model, registry, tracker, api }: IFollowed): void {
  const events = new EventStream(notebook => api.events(notebook));
  const follow = (): void => {
    const path = tracker.currentWidget?.context.path ?? null;
    events.listen(panel.isVisible ? path : null);
    if (panel.isVisible) {
      void model.show(path);
      void registry.show(path);
    }
  };
  events.heard.connect((_, event) => {
    if ((event as { kind?: unknown }).kind === 'runs') {
      void model.refresh();
      void registry.refresh();
    }
  });
  panel.disposed.connect(() => {
    events.dispose();
  });
  panel.looked.connect(follow);
  tracker.currentChanged.connect(follow);
  tracker.widgetAdded.connect((_, { context }) => context.pathChanged.connect(follow));
  follow();
}

function actionsOf(
  commands: CommandRegistry,
  model: RunsModel,
  tracker: INotebookTracker
): IRunActions & { compare(runs: readonly string[]): void } {
  const argsOf = (run: IRunSummary): { notebook: string; run: string } => ({
    notebook: model.notebook ?? '',
    run: run.run
  });
  return {
    open: run => void commands.execute(OPEN_RUN, argsOf(run)),
    compare: chosen =>
      void commands.execute(COMPARE_RUNS, { notebook: model.notebook, runs: [...chosen] }),
    editNote: run => void commands.execute(NOTE_RUN, { ...argsOf(run), note: run.note ?? '' }),
    offer: (run, x, y) => {
      menuFor(commands, run, argsOf(run)).open(x, y);
    },
    jump: cell => {
      jumpTo(tracker.currentWidget, cell);
    }
  };
}

function menuFor(
  commands: CommandRegistry,
  run: IRunSummary,
  args: { notebook: string; run: string }
): MenuSvg {
  const menu = new MenuSvg({ commands });
  const marked = { ...args, starred: !run.starred, note: run.note ?? '' };
  for (const command of [OPEN_RUN, RESTORE_NOTEBOOK, STAR_RUN, NOTE_RUN, DELETE_RUN]) {
    if (commands.hasCommand(command)) {
      menu.addItem({ command, args: marked });
    }
  }
  return menu;
}

function watchTraining(tracker: INotebookTracker, live: LiveCells): void {
  tracker.widgetAdded.connect((_, { sessionContext, context }) => {
    let watch: TrainingWatch | null = null;
    const follow = (): void => {
      watch?.dispose();
      const kernel = sessionContext.session?.kernel;
      watch = kernel ? new TrainingWatch(kernel, () => context.path, live) : null;
    };
    sessionContext.kernelChanged.connect(follow);
    sessionContext.disposed.connect(() => watch?.dispose());
    follow();
  });
}

function addShowRuns(
  { commands, shell }: JupyterFrontEnd,
  panel: RunsPanel,
  trans: TranslationBundle
): void {
  commands.addCommand(SHOW_RUNS, {
    label: trans.__('Show Runs of This Notebook'),
    caption: trans.__('Show the runs of the notebook in front in the sidebar'),
    icon: runsIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => {
      shell.activateById(panel.id);
    }
  });
}

async function askText(title: string, before: string): Promise<string | null> {
  const { button, value } = await InputDialog.getText({ title, text: before });
  return button.accept ? (value ?? '') : null;
}

export const plugins = [runs, sidebar];
