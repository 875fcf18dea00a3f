import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { ACT_ON_RUN } from './actcommand';
import type { Act } from './acts';

/** What the menu of a Run offers; a gap stands before what takes something away. */
const OFFERED: readonly (Act | null)[] = [
  'open',
  'restore',
  'rerun',
  'choose',
  'compare',
  null,
  'star',
  'note',
  null,
  'delete'
];

/** What can be done with the Run that the list is at, with the keys that do the same. */
export function runMenu(commands: CommandRegistry): MenuSvg {
  const menu = new MenuSvg({ commands });
  for (const act of OFFERED) {
    menu.addItem(act === null ? { type: 'separator' } : { command: ACT_ON_RUN, args: { act } });
  }
  return menu;
}
