import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { TOGGLE_ROLE } from './commands';
import { ROLES } from './roles';

/** The menu of roles that opens below a cell's chips. */
export class RoleMenu extends MenuSvg {
  constructor(commands: CommandRegistry) {
    super({ commands });
    for (const role of ROLES) {
      this.addItem({ command: TOGGLE_ROLE, args: { role } });
    }
    this.aboutToClose.connect(this.returnFocus, this);
  }

  openBelow(button: HTMLElement): void {
    this.opener = button;
    const { left, bottom } = button.getBoundingClientRect();
    this.open(left, bottom);
  }

  /** Who came by keyboard goes on from the chips, not from the top of the page. */
  private returnFocus(): void {
    this.opener?.focus();
    this.opener = null;
  }

  private opener: HTMLElement | null = null;
}
