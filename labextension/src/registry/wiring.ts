import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { RunsApi } from '../runs/api';
import { OPEN_BUNDLE, PACKAGE_NOTEBOOK } from '../packaging/ids';
import { type IRegistryContext, promote, showHistory } from './commands';
import { RegistryModel } from './model';
import { RegistrySection } from './section';

/** The section, and the model that it shows. */
export function registrySection(
  api: RunsApi,
  commands: CommandRegistry,
  trans: TranslationBundle
): { model: RegistryModel; section: RegistrySection } {
  const model = new RegistryModel(api);
  const context = (): IRegistryContext => ({ api, notebook: model.notebook ?? '', trans });
  const actions = {
    package: () => void commands.execute(PACKAGE_NOTEBOOK),
    open: ({ model: of }: { model: string }, { version }: { version: number }) =>
      void commands.execute(OPEN_BUNDLE, {
        notebook: model.notebook ?? '',
        bundle: `${of}@${version}`
      }),
    promote: (...chosen: DropFirst<Parameters<typeof promote>>) =>
      void promote(context(), ...chosen).then(() => model.refresh()),
    history: (chosen: { model: string }) => void showHistory(context(), chosen.model)
  };
  return { model, section: new RegistrySection({ model, actions, trans }) };
}

type DropFirst<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never;
