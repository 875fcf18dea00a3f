import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { IRuns } from '../runs/tokens';

const version: JupyterFrontEndPlugin<void> = {
  id: 'cellmark:version',
  description: 'Warns where the page and the server have different versions of Cellmark.',
  autoStart: true,
  requires: [IRuns],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, runs: IRuns, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load('cellmark');
    void app.restored.then(() => warnOfOthers(runs.api, trans));
  }
};

async function warnOfOthers(
  api: Pick<IRuns['api'], 'request'>,
  trans: TranslationBundle
): Promise<void> {
  const { warningOf } = await import('./warning');
  const words = await warningOf(api, trans);
  if (words !== null) {
    const reload = {
      label: trans.__('Reload Page'),
      callback: (): void => {
        window.location.reload();
      }
    };
    Notification.warning(words, { autoClose: false, actions: [reload] });
  }
}

export const plugins = [version];
