import { type INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';
import type { LoggingModel } from '../logging/model';
import type { IHintActions } from './hint';

/** What a hint offers, done in the notebook in front. */
export function hintActions(
  tracker: INotebookTracker,
  commands: CommandRegistry,
  model: LoggingModel
): IHintActions {
  return {
    run: line => void runIn(tracker, line).then(() => model.refresh()),
    restart: () => void commands.execute('notebook:restart-kernel')
  };
}

async function runIn(tracker: INotebookTracker, line: string): Promise<void> {
  const panel = tracker.currentWidget;
  if (panel) {
    NotebookActions.insertBelow(panel.content);
    panel.content.activeCell?.model.sharedModel.setSource(line);
    await NotebookActions.run(panel.content, panel.sessionContext);
  }
}
