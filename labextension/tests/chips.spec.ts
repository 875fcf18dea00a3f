import { nullTranslator } from '@jupyterlab/translation';
import type { ISharedCell } from '@jupyter/ydoc';
import { Panel, Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';
import { CellRoles } from '../src/cellroles';
import { RoleChips } from '../src/chips';
import { cellOf } from './fakes';

describe('RoleChips', () => {
  let pressed: HTMLElement[] = [];

  function show(cell: ISharedCell): { chips: RoleChips; button: HTMLButtonElement } {
    const chips = new RoleChips({
      cell: new CellRoles(cell),
      trans: nullTranslator.load('cellmark'),
      onPress: button => pressed.push(button)
    });
    const cellWidget = new Panel();
    cellWidget.node.tabIndex = 0;
    cellWidget.addWidget(chips);
    Widget.attach(cellWidget, document.body);
    const button = chips.node.querySelector('button');
    if (button === null) {
      throw new Error('the chips have no button');
    }
    return { chips, button };
  }

  function names(button: HTMLElement): (string | null)[] {
    return [...button.children].map(chip => chip.textContent);
  }

  afterEach(() => {
    document.body.replaceChildren();
    pressed = [];
  });

  it('shows a chip for each role and says them in one name', () => {
    const { button } = show(cellOf('train', 'data', 'mine'));
    expect(names(button)).toEqual(['Data', 'Train']);
    expect(button.getAttribute('aria-label')).toBe('Cellmark roles: Data, Train. Change');
  });

  it('is hidden while there is no role', () => {
    const cell = cellOf('mine');
    const { chips, button } = show(cell);
    expect(chips.isHidden).toBe(true);
    cell.setMetadata('tags', ['skip']);
    expect(chips.isHidden).toBe(false);
    expect(names(button)).toEqual(['Skip']);
  });

  it('hands the focus to its cell before it hides', () => {
    const cell = cellOf('train');
    const { chips, button } = show(cell);
    button.focus();
    cell.setMetadata('tags', []);
    expect(document.activeElement).toBe(chips.parent?.node);
  });

  it('gives its button to whoever opens the menu', () => {
    const { button } = show(cellOf('train'));
    button.click();
    expect(pressed).toEqual([button]);
  });

  it('disposes what it shows', () => {
    const cell = new CellRoles(cellOf('train'));
    const trans = nullTranslator.load('cellmark');
    new RoleChips({ cell, trans, onPress: () => undefined }).dispose();
    expect(cell.isDisposed).toBe(true);
  });
});
