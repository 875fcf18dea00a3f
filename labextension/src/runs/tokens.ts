import { Token } from '@lumino/coreutils';
import type { RunsApi } from './api';
import type { LiveCells } from './live';
import type { RunsModel } from './model';

/** What the views of Runs share. */
export interface IRuns {
  readonly api: RunsApi;
  readonly model: RunsModel;
  readonly live: LiveCells;
}

export const IRuns = new Token<IRuns>(
  'cellmark:IRuns',
  'The runs of the notebook in front, and the part of the server that keeps them.'
);
