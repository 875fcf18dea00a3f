/* eslint-disable jupyter/prefer-lazy-imports -- the commands are small; what they show is asked for */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IRuns } from '../runs/tokens';
import { VerdictMarks } from '../verdicts/marks';
import { wordsIn } from '../verdicts/wording';
import { OpenedViews } from '../views/opened';
import { addOpenBundle, addOpenPackaging, addPackage } from './commands';
import { OPEN_PACKAGING, PACKAGE_NOTEBOOK } from './ids';

const packaging: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:packaging',
  description: 'Packages notebooks, and shows bundles with their proof and model card.',
  autoStart: true,
  requires: [IRuns, INotebookTracker, IRenderMimeRegistry],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    runs: IRuns,
    tracker: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    const trans = (translator ?? nullTranslator).load('cellmark');
    const views = new OpenedViews(app, 'cellmark-packaging');
    const marks = new VerdictMarks(wordsIn(trans));
    const context = { app, api: runs.api, tracker, rendermime, trans, views, marks };
    addPackage(context);
    addOpenPackaging(context);
    addOpenBundle(context);
    palette?.addItem({ command: PACKAGE_NOTEBOOK, category: trans.__('Cellmark') });
    if (restorer) {
      views.restoreBy(restorer, OPEN_PACKAGING);
    }
  }
};

export const plugins = [packaging];
