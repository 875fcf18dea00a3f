import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { isRole, type Role, ROLES } from './roles';
import type { IRoleTagger } from './tokens';
import { wordingOf } from './wording';

export const TOGGLE_ROLE = 'cellmark:toggle-role';

/** Add the command that gives a role to the selected cells or takes it away. */
export function addToggleRole(
  commands: CommandRegistry,
  tagger: IRoleTagger,
  trans: TranslationBundle
): IDisposable {
  tagger.changed.connect(() => {
    commands.notifyCommandChanged(TOGGLE_ROLE);
  });
  return commands.addCommand(TOGGLE_ROLE, {
    label: args => labelOf(args, trans),
    caption: args => (isRole(args['role']) ? wordingOf(args['role'], trans).caption : ''),
    describedBy: { args: describeArgs(trans) },
    isToggleable: true,
    isToggled: args => isRole(args['role']) && tagger.has(args['role']),
    isEnabled: args => isRole(args['role']) && tagger.canToggle(args['role']),
    execute: args => {
      tagger.toggle(parseRole(args['role']));
    }
  });
}

/** In a menu the heading says what the entry is about; in the palette it stands alone. */
function labelOf(args: ReadonlyPartialJSONObject, trans: TranslationBundle): string {
  const { role, isPalette } = args;
  if (!isRole(role)) {
    return trans.__('Cell Role');
  }
  return isPalette === true ? wordingOf(role, trans).command : wordingOf(role, trans).name;
}

function parseRole(role: unknown): Role {
  if (!isRole(role)) {
    throw new TypeError(
      `${TOGGLE_ROLE}: role is ${JSON.stringify(role)}; expected one of ${ROLES.join(', ')}`
    );
  }
  return role;
}

function describeArgs(trans: TranslationBundle): ReadonlyJSONObject {
  return {
    type: 'object',
    required: ['role'],
    properties: {
      role: {
        type: 'string',
        enum: [...ROLES],
        description: trans.__('The role to give to the selected cells or to take away')
      },
      isPalette: {
        type: 'boolean',
        description: trans.__('Whether the label has to stand without a heading')
      }
    }
  };
}
