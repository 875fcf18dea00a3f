import type { INotebookContent } from '@jupyterlab/nbformat';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Role } from '../roles';

/** A notebook with a cell for each role, which says what belongs there. */
export function skeleton(
  kernelspec: { name: string; display_name: string } | null,
  trans: TranslationBundle
): INotebookContent {
  return {
    metadata: kernelspec === null ? {} : { kernelspec },
    nbformat: 4,
    nbformat_minor: 5,
    cells: contents(trans).map(([role, source]) => ({
      cell_type: 'code',
      execution_count: null,
      id: role ?? 'imports',
      metadata: role === null ? {} : { tags: [role] },
      outputs: [],
      source
    }))
  };
}

function contents(trans: TranslationBundle): [Role | null, string][] {
  const comment = (words: string): string => `# ${words}`;
  return [
    [null, 'import pandas as pd'],
    ['parameters', `${comment(trans.__('Values that a run may be given.'))}\nseed = 42`],
    [
      'data',
      [
        comment(trans.__('Read the raw rows, in a statement of its own; clean them below.')),
        comment('df = pd.read_csv("rows.csv")')
      ].join('\n')
    ],
    ['preprocess', comment(trans.__('Make features: this becomes the steps of the service.'))],
    [
      'train',
      [
        comment(trans.__('Fit the model, at the top level of this cell. Each time is a run.')),
        comment('model = LogisticRegression(random_state=seed).fit(X, y)')
      ].join('\n')
    ],
    [
      'evaluate',
      [
        comment(trans.__('Measure it: the numbers become the metrics of the run.')),
        comment('auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])')
      ].join('\n')
    ]
  ];
}
