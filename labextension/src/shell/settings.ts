import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { IRuns } from '../runs/tokens';
import { type IPreferences, parsePreferences, show, type Switch, SWITCHES } from './preferences';

export const TOGGLE_CHIPS = 'cellmark:toggle-chips';
export const TOGGLE_VERDICTS = 'cellmark:toggle-verdicts';

const COMMANDS: Readonly<Record<Switch, string>> = {
  chips: TOGGLE_CHIPS,
  verdicts: TOGGLE_VERDICTS
};

export const settings: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:settings',
  description: 'Shows chips, marks and metrics as the settings say.',
  autoStart: true,
  requires: [ISettingRegistry, IRuns],
  optional: [ITranslator, ICommandPalette],
  activate: async (
    app: JupyterFrontEnd,
    registry: ISettingRegistry,
    runs: IRuns,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('cellmark');
    const loaded = await registry.load(settings.id);
    const apply = (): void => {
      const preferences = parsePreferences(loaded.composite);
      show(preferences, document.body);
      runs.model.foremost = preferences.metrics;
      SWITCHES.forEach(name => {
        app.commands.notifyCommandChanged(COMMANDS[name]);
      });
    };
    addSwitches(app.commands, loaded, trans);
    loaded.changed.connect(apply);
    apply();
    for (const command of Object.values(COMMANDS)) {
      palette?.addItem({ command, category: trans.__('Cellmark') });
    }
  }
};

/** Settings as far as the switches need them. */
type ISwitched = Pick<ISettingRegistry.ISettings, 'composite' | 'set'>;

/** Add the commands that turn a setting on and off. */
export function addSwitches(
  commands: CommandRegistry,
  switched: ISwitched,
  trans: TranslationBundle
): void {
  const now = (): IPreferences => parsePreferences(switched.composite);
  for (const name of SWITCHES) {
    commands.addCommand(COMMANDS[name], {
      label: labelOf(name, trans),
      describedBy: { args: { type: 'object', properties: {} } },
      isToggleable: true,
      isToggled: () => now()[name],
      execute: () => switched.set(name, !now()[name])
    });
  }
}

function labelOf(name: Switch, trans: TranslationBundle): string {
  return name === 'chips' ? trans.__('Show Roles of Cells') : trans.__('Show Verdicts Beside Code');
}
