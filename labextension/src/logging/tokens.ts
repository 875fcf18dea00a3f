import { Token } from '@lumino/coreutils';
import type { LoggingModel } from './model';

/** Whether the kernel in front records. */
export type ILogging = LoggingModel;

export const ILogging = new Token<ILogging>(
  'cellmark:ILogging',
  'Whether the kernel in front logs cells.'
);
