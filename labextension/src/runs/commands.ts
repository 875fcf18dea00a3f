import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { RunsModel } from './model';
import { Problem } from './problem';
import { short } from './words';

export const OPEN_RUN = 'cellmark:open-run';
export const COMPARE_RUNS = 'cellmark:compare-runs';
export const RESTORE_NOTEBOOK = 'cellmark:restore-notebook';
export const RERUN = 'cellmark:rerun';
export const STAR_RUN = 'cellmark:star-run';
export const NOTE_RUN = 'cellmark:note-run';
export const DELETE_RUN = 'cellmark:delete-run';
export const UNDELETE_RUN = 'cellmark:undelete-run';
export const SHOW_RUNS = 'cellmark:show-runs';

/** A Run that a command is about, and the notebook that it is of. */
export interface IRunArgs {
  readonly notebook: string;
  readonly run: string;
}

export interface IRunCommandContext {
  readonly commands: CommandRegistry;
  readonly model: RunsModel;
  readonly trans: TranslationBundle;
  /** Ask a person for a text; null if they would rather not. */
  readonly askText: (title: string, before: string) => Promise<string | null>;
}

/** Add the commands that mark a Run of the notebook whose Runs are shown. */
export function addMarkingCommands(context: IRunCommandContext): void {
  const { commands, model, trans } = context;
  const describedBy = { args: describeRun(trans) };
  commands.addCommand(STAR_RUN, {
    label: trans.__('Star or Unstar Run'),
    describedBy,
    execute: args => {
      const { run } = parseRunArgs(STAR_RUN, args);
      return model.mark(run, { starred: args['starred'] !== false });
    }
  });
  commands.addCommand(NOTE_RUN, {
    label: trans.__('Note on Run…'),
    describedBy,
    execute: async args => {
      const { run } = parseRunArgs(NOTE_RUN, args);
      const before = typeof args['note'] === 'string' ? args['note'] : '';
      const note = await context.askText(trans.__('Note on run %1', short(run)), before);
      if (note !== null) {
        await model.mark(run, { note });
      }
    }
  });
  commands.addCommand(DELETE_RUN, {
    label: trans.__('Delete Run'),
    describedBy,
    execute: args => model.mark(parseRunArgs(DELETE_RUN, args).run, { deleted: true })
  });
  addUndelete(context);
}

function addUndelete({ commands, model, trans }: IRunCommandContext): void {
  commands.addCommand(UNDELETE_RUN, {
    label: trans.__('Undo Deletion of Run'),
    caption: trans.__('Bring the run back that was deleted last'),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => model.deletions.length > 0,
    execute: () => model.undelete()
  });
}

/** Offer to take a deletion back, and say what did not come about. */
export function tellOutcomes(model: RunsModel, trans: TranslationBundle): void {
  model.deleted.connect((_, run) => {
    Notification.info(trans.__('Run %1 was deleted.', short(run.run)), {
      autoClose: 10_000,
      actions: [
        {
          label: trans.__('Undo'),
          callback: () => void model.mark(run.run, { deleted: false })
        }
      ]
    });
  });
  model.failed.connect((_, problem) => {
    void showProblem(trans.__('The run was not changed'), problem);
  });
}

export function showProblem(title: string, thrown: unknown): Promise<void> {
  return showErrorMessage(title, Problem.of(thrown).message);
}

export function parseRunArgs(command: string, args: ReadonlyPartialJSONObject): IRunArgs {
  const { notebook, run } = args;
  if (typeof notebook !== 'string' || typeof run !== 'string') {
    const received = JSON.stringify(args);
    throw new TypeError(`${command}: arguments ${received}; expected {notebook, run}`);
  }
  return { notebook, run };
}

export function describeRun(trans: TranslationBundle): ReadonlyJSONObject {
  return {
    type: 'object',
    required: ['notebook', 'run'],
    properties: {
      notebook: { type: 'string', description: trans.__('The path of the notebook') },
      run: { type: 'string', description: trans.__('The id of a run of it') }
    }
  };
}
