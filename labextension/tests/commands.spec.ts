import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { beforeEach, describe, expect, it } from 'vitest';
import { addToggleRole, TOGGLE_ROLE } from '../src/commands';
import { ROLES } from '../src/roles';
import { RoleTagger } from '../src/tagger';
import { FakeSelection, notebookOf, tagsIn } from './fakes';

describe('the toggle-role command', () => {
  const notebook = notebookOf(['train']);
  let commands: CommandRegistry;

  beforeEach(() => {
    commands = new CommandRegistry();
    const tagger = new RoleTagger(new FakeSelection(notebook));
    addToggleRole(commands, tagger, nullTranslator.load('cellmark'));
  });

  it.each(ROLES)('has words of its own for %s', role => {
    const label = commands.label(TOGGLE_ROLE, { role });
    expect(label.toLowerCase()).toBe(role);
    expect(commands.label(TOGGLE_ROLE, { role, isPalette: true })).toBe(`Cell Role: ${label}`);
    expect(commands.caption(TOGGLE_ROLE, { role })).not.toBe('');
  });

  it('is checked for the roles that the cells have', () => {
    expect(ROLES.filter(role => commands.isToggled(TOGGLE_ROLE, { role }))).toEqual(['train']);
  });

  it('toggles', async () => {
    await commands.execute(TOGGLE_ROLE, { role: 'data' });
    expect(tagsIn(notebook)).toEqual([['train', 'data']]);
  });

  it('is disabled for what is no role, and says what it expected', async () => {
    expect(commands.isEnabled(TOGGLE_ROLE, { role: 'trian' })).toBe(false);
    await expect(commands.execute(TOGGLE_ROLE, { role: 'trian' })).rejects.toThrow(
      /role is "trian"; expected one of parameters, data/
    );
  });

  it('describes its arguments', async () => {
    const { args } = await commands.describedBy(TOGGLE_ROLE);
    expect(args).toMatchObject({ required: ['role'], properties: { role: { enum: [...ROLES] } } });
  });
});

describe('the schema', () => {
  interface IEntry {
    command: string;
    args: unknown;
  }
  const path = join(import.meta.dirname, '../schema/tagging.json');
  const schema = JSON.parse(readFileSync(path, 'utf8')) as {
    'jupyter.lab.shortcuts': (IEntry & { keys: string[] })[];
    'jupyter.lab.menus': { context: { submenu: { items: IEntry[] } }[] };
  };
  const shortcuts = schema['jupyter.lab.shortcuts'];

  it.each([
    ['a shortcut', shortcuts],
    ['a menu entry', schema['jupyter.lab.menus'].context[0]?.submenu.items ?? []]
  ])('has %s for every role', (_, entries) => {
    const wanted = ROLES.map(role => ({ command: TOGGLE_ROLE, args: { role } }));
    expect(entries).toMatchObject(wanted);
    expect(entries).toHaveLength(wanted.length);
  });

  it('gives no shortcut twice', () => {
    expect(new Set(shortcuts.map(({ keys }) => keys.join())).size).toBe(ROLES.length);
  });
});
