/* eslint-disable jupyter/prefer-lazy-imports -- the inspector shows the tool from the start */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTools } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { RolesTool } from './rolestool';

/** Above JupyterLab's own tools, which begin at 0. */
const RANK = -1;
const SECTION = 'cellmark';

export const inspector: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:inspector',
  description: 'Shows the roles of the active cell in the property inspector.',
  autoStart: true,
  requires: [INotebookTools],
  optional: [ITranslator],
  activate: (_: JupyterFrontEnd, tools: INotebookTools, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load('cellmark');
    tools.addSection({ sectionName: SECTION, label: trans.__('Cellmark Role'), rank: RANK });
    // Only what is added to a section hears of cells; what a section is made with does not.
    tools.addItem({ tool: new RolesTool(trans), section: SECTION });
  }
};
