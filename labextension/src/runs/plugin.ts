/* eslint-disable jupyter/prefer-lazy-imports -- the sidebar is there from the start */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { FindingsSection } from '../findings/section';
import { IFindings } from '../findings/tokens';
import { hintActions } from '../hints/actions';
import { LoggingHint } from '../hints/hint';
import { ILogging } from '../logging/tokens';
import { RunsApi } from './api';
import { addActOnRun } from './actcommand';
import type { IRunActions } from './acts';
import {
  addMarkingCommands,
  COMPARE_RUNS,
  NOTE_RUN,
  OPEN_RUN,
  RERUN,
  RESTORE_NOTEBOOK,
  SHOW_RUNS,
  tellOutcomes,
  UNDELETE_RUN
} from './commands';
import { followNotebook, watchTraining } from './following';
import { runsIcon } from './icon';
import { jumpTo } from './jump';
import { keepNotebooks } from './keeping';
import { LiveCells } from './live';
import { runMenu } from './menu';
import { RunsModel } from './model';
import { RunsPanel } from './panel';
import { parseTags, rolesOf } from '../roles';
import { registrySection } from '../registry/wiring';
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
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, IFindings, ILogging],
  activate: (
    app: JupyterFrontEnd,
    given: IRuns,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    findings: IFindings | null,
    logging: ILogging | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const { api, model } = given;
    const { commands } = app;
    const actions = actionsOf(commands, model, tracker);
    const registry = registrySection(api, commands, trans);
    const found = findings ? [new FindingsSection({ ...findings, trans })] : [];
    const sections = [...found, registry.section];
    const offered = logging && { model: logging, actions: hintActions(tracker, commands, logging) };
    const above = offered ? [new LoggingHint({ ...offered, trans })] : [];
    const trains = (): boolean => hasTrainCell(tracker);
    const panel = new RunsPanel({ model, actions, trans, sections, above, trains });
    panel.id = PANEL;
    panel.title.icon = runsIcon;
    panel.title.caption = trans.__('Runs of this notebook');
    followNotebook({ panel, model, registry: registry.model, tracker, api });
    addActOnRun(commands, panel.list, model, trans);
    addMarkingCommands({ commands, model, trans, askText });
    tellOutcomes(model, trans);
    addShowRuns(app, panel, trans);
    for (const command of [SHOW_RUNS, UNDELETE_RUN]) {
      palette?.addItem({ command, category: trans.__('Cellmark') });
    }
    restorer?.add(panel, PANEL);
    app.shell.add(panel, 'left', { rank: RANK });
  }
};

function hasTrainCell({ currentWidget }: INotebookTracker): boolean {
  const cells = currentWidget?.model?.sharedModel.cells ?? [];
  return cells.some(cell => rolesOf(parseTags(cell.getMetadata('tags'))).includes('train'));
}

function actionsOf(
  commands: CommandRegistry,
  model: RunsModel,
  tracker: INotebookTracker
): IRunActions {
  const argsOf = (run: IRunSummary): { notebook: string; run: string } => ({
    notebook: model.notebook ?? '',
    run: run.run
  });
  return {
    open: run => void commands.execute(OPEN_RUN, argsOf(run)),
    compare: chosen =>
      void commands.execute(COMPARE_RUNS, { notebook: model.notebook, runs: [...chosen] }),
    note: run => void commands.execute(NOTE_RUN, { ...argsOf(run), note: run.note ?? '' }),
    rerun: run => void commands.execute(RERUN, argsOf(run)),
    restore: run => void commands.execute(RESTORE_NOTEBOOK, argsOf(run)),
    offer: (_, x, y, back) => {
      const menu = runMenu(commands);
      menu.aboutToClose.connect(back);
      menu.open(x, y);
    },
    jump: cell => {
      jumpTo(tracker.currentWidget, cell);
    }
  };
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
