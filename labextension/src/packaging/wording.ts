import type { TranslationBundle } from '@jupyterlab/translation';
import type { PolicyName } from './wish';

/** What a choice decides. */
export function choiceWords(what: string, trans: TranslationBundle): string {
  switch (what) {
    case 'model':
      return trans.__('Several models answer. The one that is meant:');
    case 'frame':
      return trans.__('Several frames feed the model. The one whose rows requests bring:');
    case 'answer':
      return trans.__('Several answers are made. The one that is meant:');
    default:
      return what;
  }
}

interface IPolicyWords {
  readonly label: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What a policy is about, and what its values mean. */
export function policyWords(name: PolicyName, trans: TranslationBundle): IPolicyWords {
  const refuse = trans.__('refuse the row');
  switch (name) {
    case 'unseen_category':
      return {
        label: trans.__('A category that training did not know'),
        values: {
          reject: refuse,
          other: trans.__('count it as “other”, where that is known'),
          missing: trans.__('count it as missing, where that may be')
        }
      };
    case 'filtered_row':
      return {
        label: trans.__('A row that the notebook leaves out of training'),
        values: { reject: refuse, score: trans.__('score it as it is') }
      };
    case 'unexpected_missing':
      return {
        label: trans.__('A missing value where training had none'),
        values: { reject: refuse, score: trans.__('score it') }
      };
    case 'extra_column':
      return {
        label: trans.__('A column that the model does not know'),
        values: { ignore: trans.__('pass it over'), reject: refuse }
      };
  }
}
