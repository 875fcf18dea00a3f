import type { TranslationBundle } from '@jupyterlab/translation';
import type { Row } from './layout';
import type { RunsModel } from './model';
import { groupRow, type IRowContext, liveRow, pendingRow, runRow } from './row';

/** A row of the list as the model knows it now. */
export function rowOf(
  row: Row,
  model: RunsModel,
  trans: TranslationBundle,
  active: boolean
): HTMLElement {
  const { query, varying, foremost } = model;
  const context: IRowContext = { trans, query, varying, foremost, active, selected: false };
  switch (row.kind) {
    case 'live': {
      const live = model.live.of(model.notebook)[row.live];
      return live ? liveRow(live, context) : pendingRow(context);
    }
    case 'group':
      return groupRow(row.group, context);
    case 'run': {
      const run = model.runAt(row.at);
      return run
        ? runRow(run, { ...context, selected: model.selected.includes(run.run) })
        : pendingRow(context);
    }
  }
}
