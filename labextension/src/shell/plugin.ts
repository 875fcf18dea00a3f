import { filebrowser } from './filebrowser';
import { inspector } from './inspector';
import { launcher } from './launcher';
import { settings } from './settings';

/** Where JupyterLab itself offers what Cellmark does: settings, menus, launcher, inspector. */
export const plugins = [settings, filebrowser, launcher, inspector];
