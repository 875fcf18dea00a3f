import { Token } from '@lumino/coreutils';
import type { IFindingActions } from './item';
import type { FindingsModel } from './model';

/** What will hurt in the notebook in front, and what can be done about it. */
export interface IFindings {
  readonly model: FindingsModel;
  readonly actions: IFindingActions;
}

export const IFindings = new Token<IFindings>(
  'cellmark:IFindings',
  'What will hurt in the notebook in front, from its text alone.'
);
