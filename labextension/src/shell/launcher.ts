import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import type { Contents } from '@jupyterlab/services';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { runsIcon } from '../runs/icon';
import { skeleton } from './skeleton';

export const NEW_NOTEBOOK = 'cellmark:new-notebook';

export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:launcher',
  description: 'Offers a new notebook with a cell for each role.',
  autoStart: true,
  optional: [ITranslator, ILauncher, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    tiles: ILauncher | null,
    palette: ICommandPalette | null
  ) => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('cellmark');
    const cwd = { type: 'string', description: trans.__('The folder to make it in') };
    commands.addCommand(NEW_NOTEBOOK, {
      label: ({ cwd: folder }) =>
        folder === undefined ? trans.__('New Tagged Notebook') : trans.__('Tagged Notebook'),
      caption: trans.__('Make a notebook with a cell for each role'),
      icon: runsIcon,
      describedBy: { args: { type: 'object', properties: { cwd } } },
      execute: async ({ cwd: folder }) => {
        const path = await make(app, typeof folder === 'string' ? folder : '');
        await app.serviceManager.contents.save(path, {
          type: 'notebook',
          format: 'json',
          content: skeleton(kernelOf(app), trans)
        });
        return (await commands.execute('docmanager:open', { path })) as unknown;
      }
    });
    palette?.addItem({ command: NEW_NOTEBOOK, category: trans.__('Cellmark') });
    tiles?.add({ command: NEW_NOTEBOOK, category: trans.__('Cellmark'), rank: 1 });
  }
};

/** An empty notebook in the folder, under a name that is free; its path. */
async function make({ serviceManager }: JupyterFrontEnd, folder: string): Promise<string> {
  const made: Contents.IModel = await serviceManager.contents.newUntitled({
    path: folder,
    type: 'notebook'
  });
  return made.path;
}

/** The kernel that JupyterLab would take, so that nobody is asked for one. */
function kernelOf({
  serviceManager
}: JupyterFrontEnd): { name: string; display_name: string } | null {
  const specs = serviceManager.kernelspecs.specs;
  const spec = specs?.kernelspecs[specs.default];
  return spec ? { name: spec.name, display_name: spec.display_name } : null;
}
