import type { TranslationBundle } from '@jupyterlab/translation';
import type { Role } from './roles';

/** What a role is called, and what giving it to a cell means. */
export interface IWording {
  readonly name: string;
  readonly command: string;
  readonly caption: string;
}

/** The words for each role; every string stands here whole, so that translators find it. */
export function wordingOf(role: Role, trans: TranslationBundle): IWording {
  switch (role) {
    case 'parameters':
      return {
        name: trans.__('Parameters'),
        command: trans.__('Cell Role: Parameters'),
        caption: trans.__('Sets the values that a run may be given from outside')
      };
    case 'data':
      return {
        name: trans.__('Data'),
        command: trans.__('Cell Role: Data'),
        caption: trans.__('Reads the rows that the model learns from')
      };
    case 'preprocess':
      return {
        name: trans.__('Preprocess'),
        command: trans.__('Cell Role: Preprocess'),
        caption: trans.__('Turns raw rows into features; becomes a scoring step')
      };
    case 'train':
      return {
        name: trans.__('Train'),
        command: trans.__('Cell Role: Train'),
        caption: trans.__('Fits the model; each execution is logged as a run')
      };
    case 'evaluate':
      return {
        name: trans.__('Evaluate'),
        command: trans.__('Cell Role: Evaluate'),
        caption: trans.__('Measures the model; its numbers become the metrics of the run')
      };
    case 'skip':
      return {
        name: trans.__('Skip'),
        command: trans.__('Cell Role: Skip'),
        caption: trans.__('Is left out when Cellmark executes the notebook')
      };
  }
}
