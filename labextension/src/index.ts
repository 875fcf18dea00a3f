import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CellRoles } from './cellroles';
import { RoleChips } from './chips';
import { addToggleRole, TOGGLE_ROLE } from './commands';
import { plugins as findings } from './findings/plugin';
import { plugins as hints } from './hints/plugin';
import { plugins as logging } from './logging/plugin';
import { RoleMenu } from './menu';
import { plugins as packaging } from './packaging/plugin';
import { CellRail } from './rail';
import { ROLES } from './roles';
import { plugins as rerun } from './rerun/plugin';
import { plugins as runs } from './runs/plugin';
import { FocusedSelection } from './selection';
import { plugins as shell } from './shell/plugin';
import { RoleTagger } from './tagger';
import { IRoleTagger } from './tokens';
import { plugins as verdicts } from './verdicts/plugin';
import { plugins as views } from './views/plugin';

export { IRoleTagger } from './tokens';
export type { Role } from './roles';

const DOMAIN = 'cellmark';

const tagger: JupyterFrontEndPlugin<IRoleTagger> = {
  id: 'cellmark:tagger',
  description: 'Gives Cellmark roles to the selected cells of a notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: IRoleTagger,
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker) =>
    new RoleTagger(new FocusedSelection(tracker, app.shell))
};

const tagging: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:tagging',
  description: 'Offers the roles in menus, the command palette and by shortcuts.',
  autoStart: true,
  requires: [IRoleTagger],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    roles: IRoleTagger,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    addToggleRole(app.commands, roles, trans);
    for (const role of ROLES) {
      const args = { role, isPalette: true };
      palette?.addItem({ command: TOGGLE_ROLE, category: trans.__('Cellmark'), args });
    }
  }
};

const chips: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:chips',
  description: 'Shows the roles of a code cell above its code.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const menu = new RoleMenu(app.commands);
    const onPress = (button: HTMLElement): void => {
      menu.openBelow(button);
    };
    const addRail = (panel: NotebookPanel): CellRail =>
      new CellRail(
        panel.content,
        ({ model }) => new RoleChips({ cell: new CellRoles(model.sharedModel), trans, onPress })
      );
    tracker.forEach(addRail);
    tracker.widgetAdded.connect((_, panel) => addRail(panel));
  }
};

export default [
  tagger,
  tagging,
  chips,
  ...runs,
  ...views,
  ...logging,
  ...verdicts,
  ...packaging,
  ...findings,
  ...rerun,
  ...hints,
  ...shell
];
