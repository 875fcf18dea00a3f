import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { CellRoles } from './cellroles';
import type { Role } from './roles';
import { type IWording, wordingOf } from './wording';

export interface IRoleChipsOptions {
  readonly cell: CellRoles;
  readonly trans: TranslationBundle;
  /** Called when a person clicks the chips or presses Enter on them. */
  readonly onPress: (button: HTMLElement) => void;
}

/** The roles of one cell as a button of chips above its code; owns its `CellRoles`. */
export class RoleChips extends Widget {
  constructor(private readonly options: IRoleChipsOptions) {
    super();
    this.addClass('jp-Cellmark-chips');
    this.button = createButton();
    this.node.append(this.button);
    options.cell.changed.connect(this.redraw, this);
    this.redraw();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.options.cell.dispose();
      super.dispose();
    }
  }

  protected override onAfterAttach(): void {
    this.button.addEventListener('click', this.press);
  }

  protected override onBeforeDetach(): void {
    this.button.removeEventListener('click', this.press);
  }

  private redraw(): void {
    const { cell, trans } = this.options;
    const words = cell.roles.map(role => ({ role, ...wordingOf(role, trans) }));
    const names = words.map(({ name }) => name).join(', ');
    this.button.replaceChildren(...words.map(createChip));
    this.button.setAttribute('aria-label', trans.__('Cellmark roles: %1. Change', names));
    this.setHidden(words.length === 0);
    this.keepFocusInCell();
  }

  /** A hidden button can't hold the focus, and without it the keyboard has lost its place. */
  private keepFocusInCell(): void {
    if (this.isHidden && document.activeElement === this.button) {
      this.parent?.node.focus();
    }
  }

  private readonly press = (): void => {
    this.options.onPress(this.button);
  };

  private readonly button: HTMLButtonElement;
}

function createButton(): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'jp-Cellmark-chipsButton';
  button.setAttribute('aria-haspopup', 'menu');
  // Otherwise the notebook's own shortcuts take Enter and Space away from the button.
  button.setAttribute('data-lm-suppress-shortcuts', 'true');
  return button;
}

function createChip({ role, name, caption }: IWording & { role: Role }): HTMLElement {
  const chip = document.createElement('span');
  chip.className = 'jp-Cellmark-chip';
  chip.dataset['role'] = role;
  chip.textContent = name;
  chip.title = caption;
  return chip;
}
