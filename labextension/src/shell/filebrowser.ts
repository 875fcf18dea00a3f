/* eslint-disable jupyter/prefer-lazy-imports -- the ids of commands are needed at once */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { SHOW_RUNS } from '../runs/commands';

export const ON_SELECTED_NOTEBOOK = 'cellmark:on-selected-notebook';

/** Where a notebook opens in a page of its own, nothing can be done with it from here. */
const ONE_PAGE = 'JupyterLab';

/** What the file browser's menu offers for a notebook; the menu itself stands in the schema. */
function offered(trans: TranslationBundle): Readonly<Record<string, string>> {
  return {
    [SHOW_RUNS]: trans.__('Show Runs'),
    'cellmark:explain-notebook': trans.__('Check for Packaging'),
    'cellmark:package-notebook': trans.__('Package…')
  };
}

export const filebrowser: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:filebrowser',
  description: 'Does with a notebook of the file browser what is done with one that is open.',
  autoStart: true,
  requires: [IFileBrowserFactory, INotebookTracker],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    browsers: IFileBrowserFactory,
    notebooks: INotebookTracker,
    translator: ITranslator | null
  ) => {
    const labels = offered((translator ?? nullTranslator).load('cellmark'));
    const wanted = (command: unknown): string => (typeof command === 'string' ? command : '');
    app.commands.addCommand(ON_SELECTED_NOTEBOOK, {
      label: ({ command }) => labels[wanted(command)] ?? '',
      describedBy: {
        args: {
          type: 'object',
          required: ['command'],
          properties: { command: { type: 'string', enum: Object.keys(labels) } }
        }
      },
      isVisible: () => app.name === ONE_PAGE,
      execute: async ({ command }) => {
        const path = [...(browsers.tracker.currentWidget?.selectedItems() ?? [])][0]?.path;
        if (path !== undefined && wanted(command) in labels) {
          await app.commands.execute('docmanager:open', { path });
          await notebooks.find(({ context }) => context.path === path)?.context.ready;
          await app.commands.execute(wanted(command));
        }
      }
    });
  }
};
