import type { TranslationBundle } from '@jupyterlab/translation';
import type { VerdictWords } from './gutter';
import type { IJudged, Verdict } from './verdict';

/** As the marks beside the code look. */
const SIGNS: Readonly<Record<Verdict, string>> = {
  kept: '●',
  frozen: '■',
  rewritten: '□',
  dropped: '○',
  refused: '◆'
};

/** Which mark means what, with how often it stands there; a line never ends between the two. */
export function legend(judged: readonly IJudged[], words: VerdictWords): string {
  const verdicts = Object.keys(SIGNS) as Verdict[];
  return verdicts
    .map(verdict => [verdict, judged.filter(each => each.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${SIGNS[verdict]}\u00a0${words[verdict]}\u00a0${count}`)
    .join('   ');
}

export function wordsIn(trans: TranslationBundle): VerdictWords {
  return {
    kept: trans.__('Kept'),
    frozen: trans.__('Frozen'),
    rewritten: trans.__('Rewritten'),
    dropped: trans.__('Dropped'),
    refused: trans.__('Refused')
  };
}
