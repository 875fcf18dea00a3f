import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { type Act, ACTS, canCompare, isAct } from './acts';
import type { RunList } from './list';
import type { RunsModel } from './model';
import type { IRunSummary } from './types';

export const ACT_ON_RUN = 'cellmark:act-on-run';

/** Add the command behind the menu and the shortcuts of the list of Runs. */
export function addActOnRun(
  commands: CommandRegistry,
  list: Pick<RunList, 'run' | 'act'>,
  model: RunsModel,
  trans: TranslationBundle
): void {
  const act = { type: 'string', enum: [...ACTS], description: trans.__('What to do with the run') };
  commands.addCommand(ACT_ON_RUN, {
    label: args => (isAct(args['act']) ? labelOf(args['act'], list.run, model, trans) : ''),
    describedBy: { args: { type: 'object', required: ['act'], properties: { act } } },
    isEnabled: args => list.run !== undefined && (args['act'] !== 'compare' || canCompare(model)),
    execute: args => {
      if (!isAct(args['act'])) {
        const received = JSON.stringify(args['act']);
        throw new TypeError(
          `${ACT_ON_RUN}: act is ${received}; expected one of ${ACTS.join(', ')}`
        );
      }
      list.act(args['act']);
    }
  });
}

function labelOf(
  act: Act,
  run: IRunSummary | undefined,
  { selected }: RunsModel,
  trans: TranslationBundle
): string {
  switch (act) {
    case 'open':
      return trans.__('Open Run');
    case 'restore':
      return trans.__('Restore Notebook of Run');
    case 'rerun':
      return trans.__('Run Again and Compare');
    case 'choose':
      return selected.includes(run?.run ?? '')
        ? trans.__('Choose No Longer')
        : trans.__('Choose, to Compare');
    case 'compare':
      return trans.__('Compare Chosen Runs');
    case 'star':
      return run?.starred === true ? trans.__('Take the Star Away') : trans.__('Star Run');
    case 'note':
      return trans.__('Note on Run…');
    case 'delete':
      return trans.__('Delete Run');
  }
}
