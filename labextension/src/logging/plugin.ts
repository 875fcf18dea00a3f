import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { parseTags, rolesOf } from '../roles';
import { LoggingModel } from './model';
import { LoggingStatus, remedyFor } from './status';

export const TOGGLE_LOGGING = 'cellmark:toggle-logging';
const RANK = 50;

const status: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:logging',
  description: 'Says in the status bar whether the kernel logs cells, and pauses it.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator, IStatusBar, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    bar: IStatusBar | null,
    palette: ICommandPalette | null
  ) => {
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
      execute: async () => {
        const remedy = remedyFor(model.state, trans);
        if (remedy === null) {
          await model.toggle();
        } else {
          await showErrorMessage(trans.__('Cells are not logged'), remedy);
        }
      }
    });
    model.changed.connect(() => {
      app.commands.notifyCommandChanged(TOGGLE_LOGGING);
    });
    palette?.addItem({ command: TOGGLE_LOGGING, category: trans.__('Cellmark') });
    const item = new LoggingStatus(model, trans, () => void app.commands.execute(TOGGLE_LOGGING));
    bar?.registerStatusItem('cellmark:logging', { item, align: 'left', rank: RANK });
  }
};

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
