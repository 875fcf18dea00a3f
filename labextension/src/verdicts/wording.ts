import type { TranslationBundle } from '@jupyterlab/translation';
import type { VerdictWords } from './gutter';

export function wordsIn(trans: TranslationBundle): VerdictWords {
  return {
    kept: trans.__('Kept'),
    frozen: trans.__('Frozen'),
    rewritten: trans.__('Rewritten'),
    dropped: trans.__('Dropped'),
    refused: trans.__('Refused')
  };
}
