import type { TranslationBundle } from '@jupyterlab/translation';
import type { LoggingState } from '../logging/state';

/** What mends a kernel that does not log: a line to run in it, a restart, or neither. */
export interface IMend {
  readonly words: string;
  readonly line: string | null;
  readonly restarts: boolean;
}

const INSTALL = '%pip install cellmark';

/** Null where there is nothing to mend. */
export function mendFor(state: LoggingState, trans: TranslationBundle): IMend | null {
  switch (state.kind) {
    case 'absent':
      return {
        words: trans.__(
          'Cells are not logged: Cellmark is not installed in the environment of this kernel. This line installs it; then restart the kernel.'
        ),
        line: INSTALL,
        restarts: false
      };
    case 'unhooked':
      return {
        words: trans.__(
          'Cells are not logged: Cellmark is installed here, but this kernel was started without it. Restart the kernel.'
        ),
        line: null,
        restarts: true
      };
    case 'foreign':
      return {
        words: trans.__(
          'Cells are not logged: this kernel runs %1, and Cellmark reads Python.',
          state.language
        ),
        line: null,
        restarts: false
      };
    case 'faulty':
      return {
        words: trans.__(
          'A cell could not be logged: %1\n\nThe cell itself was not disturbed. Is there room on the disk, and may the folder “.cellmark” be written? Cells are logged again as soon as it works.',
          state.fault
        ),
        line: null,
        restarts: false
      };
    default:
      return null;
  }
}
