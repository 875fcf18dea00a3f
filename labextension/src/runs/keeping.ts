import type { Cell } from '@jupyterlab/cells';
import { type INotebookTracker, type Notebook, NotebookActions } from '@jupyterlab/notebook';
import { parseTags, type Role, rolesOf } from '../roles';
import type { RunsApi } from './api';

/** Cells of which a Run shows the outputs, once they have run. */
const SHOWING: readonly Role[] = ['train', 'evaluate'];

/** Send the notebook to be kept with a Run, after each cell that belongs to one. */
export function keepNotebooks(tracker: INotebookTracker, api: Pick<RunsApi, 'keep'>): void {
  NotebookActions.executed.connect((_, { notebook, cell, success }) => {
    const path = tracker.find(panel => panel.content === notebook)?.context.path;
    if (path !== undefined && belongsToRun(cell, success)) {
      // A kernel that does not record has no Run to keep it with; the status bar says so.
      api.keep(path, cell.model.id, contentOf(notebook)).catch(() => undefined);
    }
  });
}

/** Any cell with a role that fails makes a failed Run. */
function belongsToRun(cell: Cell, success: boolean): boolean {
  const roles = rolesOf(parseTags(cell.model.getMetadata('tags')));
  return !roles.includes('skip') && roles.some(role => !success || SHOWING.includes(role));
}

function contentOf(notebook: Notebook): unknown {
  return notebook.model?.toJSON();
}
