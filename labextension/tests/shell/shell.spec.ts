import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { PartialJSONValue } from '@lumino/coreutils';
import { describe, expect, it } from 'vitest';
import { isRole, ROLES } from '../../src/roles';
import { parsePreferences, show } from '../../src/shell/preferences';
import { addSwitches, TOGGLE_CHIPS, TOGGLE_VERDICTS } from '../../src/shell/settings';
import { skeleton } from '../../src/shell/skeleton';

const trans = nullTranslator.load('cellmark');

describe('parsePreferences', () => {
  it.each([
    [undefined, { chips: true, verdicts: true, metrics: [] }],
    [
      { chips: false, metrics: ['auc', 7] },
      { chips: false, verdicts: true, metrics: ['auc'] }
    ],
    [
      { chips: 'no', verdicts: false, metrics: 'auc' },
      { chips: true, verdicts: false, metrics: [] }
    ]
  ])('reads %j', (settings, expected) => {
    expect(parsePreferences(settings)).toEqual(expected);
  });
});

describe('show', () => {
  it('hides what is turned off, and shows it again', () => {
    const page = document.createElement('div');
    show({ chips: false, verdicts: true, metrics: [] }, page);
    expect([...page.classList]).toEqual(['jp-mod-cellmarkNoChips']);
    show({ chips: true, verdicts: true, metrics: [] }, page);
    expect([...page.classList]).toEqual([]);
  });
});

describe('the switches', () => {
  it('turn one setting over, and say how it is', async () => {
    const composite: Record<string, PartialJSONValue> = { verdicts: false };
    const settings: Pick<ISettingRegistry.ISettings, 'composite' | 'set'> = {
      composite,
      set: (name, value) => {
        composite[name] = value;
        return Promise.resolve();
      }
    };
    const commands = new CommandRegistry();
    addSwitches(commands, settings, trans);
    expect(commands.isToggled(TOGGLE_CHIPS)).toBe(true);
    expect(commands.isToggled(TOGGLE_VERDICTS)).toBe(false);
    await commands.execute(TOGGLE_CHIPS);
    await commands.execute(TOGGLE_VERDICTS);
    expect(composite).toEqual({ chips: false, verdicts: true });
    expect(commands.isToggled(TOGGLE_CHIPS)).toBe(false);
  });
});

describe('skeleton', () => {
  it('has a cell for each role that runs, and the kernel that it was given', () => {
    const kernel = { name: 'python3', display_name: 'Python 3' };
    const { cells, metadata } = skeleton(kernel, trans);
    const tags = cells.flatMap(cell => cell.metadata.tags ?? []);
    expect(tags).toEqual(ROLES.filter(role => role !== 'skip'));
    expect(tags.every(isRole)).toBe(true);
    expect(metadata.kernelspec).toEqual(kernel);
    expect(skeleton(null, trans).metadata).toEqual({});
  });
});
