/* eslint-disable jupyter/prefer-lazy-imports -- the status bar is there from the start */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { parseTags, rolesOf } from '../roles';
import { LoggingModel } from './model';
import { hintActions } from '../hints/actions';
import { type IHintActions, LoggingHint } from '../hints/hint';
import { mendFor } from '../hints/mend';
import { LoggingStatus } from './status';
import { ILogging } from './tokens';

export const TOGGLE_LOGGING = 'cellmark:toggle-logging';
const RANK = 50;

const status: JupyterFrontEndPlugin<ILogging> = {
  id: 'cellmark:logging',
  description: 'Says in the status bar whether the kernel logs cells, and pauses it.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator, IStatusBar, ICommandPalette],
  provides: ILogging,
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    bar: IStatusBar | null,
    palette: ICommandPalette | null
  ): ILogging => {
    const trans = (translator ?? nullTranslator).load('cellmark');
    const model = new LoggingModel();
    followKernel(tracker, model);
    app.commands.addCommand(TOGGLE_LOGGING, {
      label: trans.__('Pause Logging of Runs'),
      caption: trans.__('Stop logging the cells of this kernel, or go on with it'),
      describedBy: { args: { type: 'object', properties: {} } },
      isToggleable: true,
      isToggled: () => model.state.kind === 'paused',
      isEnabled: () => model.state.kind !== 'unknown',
      execute: () =>
        mendFor(model.state, trans) === null ? model.toggle() : showHint(app, tracker, model, trans)
    });
    model.changed.connect(() => {
      app.commands.notifyCommandChanged(TOGGLE_LOGGING);
    });
    palette?.addItem({ command: TOGGLE_LOGGING, category: trans.__('Cellmark') });
    const item = new LoggingStatus(model, trans, () => void app.commands.execute(TOGGLE_LOGGING));
    bar?.registerStatusItem('cellmark:logging', { item, align: 'left', rank: RANK });
    return model;
  }
};

async function showHint(
  { commands }: JupyterFrontEnd,
  tracker: INotebookTracker,
  model: LoggingModel,
  trans: TranslationBundle
): Promise<void> {
  const title = trans.__('Cellmark: not logging');
  const actions = hintActions(tracker, commands, model);
  const dialog = new Dialog({
    title,
    body: new LoggingHint({
      model,
      trans,
      actions: closing(actions, () => {
        dialog.resolve(0);
      })
    }),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
  await dialog.launch();
}

/** The notebook has to be seen while something happens in it. */
function closing({ run, restart }: IHintActions, close: () => void): IHintActions {
  return {
    run: line => {
      close();
      run(line);
    },
    restart: () => {
      close();
      restart();
    }
  };
}

/** A fault shows after the cell that had it; the kernel is asked only when a tagged cell ran. */
function followKernel(tracker: INotebookTracker, model: LoggingModel): void {
  const follow = (): void => {
    void model.show(tracker.currentWidget?.sessionContext.session?.kernel ?? null);
  };
  tracker.currentChanged.connect(follow);
  tracker.widgetAdded.connect((_, { sessionContext }) => {
    sessionContext.kernelChanged.connect(follow);
  });
  NotebookActions.executed.connect((_, { notebook, cell }) => {
    const tags = parseTags(cell.model.getMetadata('tags'));
    if (notebook === tracker.currentWidget?.content && rolesOf(tags).length > 0) {
      void model.refresh();
    }
  });
}

export const plugins = [status];
