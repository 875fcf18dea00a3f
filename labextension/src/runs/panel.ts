import type { TranslationBundle } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import { Panel, type Widget } from '@lumino/widgets';
import type { IRunActions } from './acts';
import { RunControls } from './controls';
import { keepingFocus } from './dom';
import { RunList } from './list';
import { RunsMessage } from './message';
import type { RunsModel } from './model';

export interface IRunsPanelOptions {
  readonly model: RunsModel;
  readonly actions: IRunActions;
  readonly trans: TranslationBundle;
  /** Whether a cell of the notebook in front trains already. */
  readonly trains?: () => boolean;
  /** What is said above the Runs. */
  readonly above?: readonly Widget[];
  /** Sections below the Runs. */
  readonly sections?: readonly Widget[];
}

/** The sidebar: this notebook's Runs. */
export class RunsPanel extends SidePanel {
  constructor(private readonly options: IRunsPanelOptions) {
    super({ content: new Panel() });
    const { model, actions, trans } = options;
    this.addClass('jp-Cellmark-panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Runs of this notebook'));
    const onCompare = (): void => {
      actions.compare(model.selected);
    };
    this.controls = new RunControls({ model, trans, onCompare });
    this.list = new RunList({ model, actions, trans });
    const onRetry = (): void => void model.refresh();
    const { trains = () => false } = options;
    this.message = new RunsMessage({ trans, onRetry, trains });
    this.header.addWidget(this.controls);
    for (const said of options.above ?? []) {
      this.content.addWidget(said);
    }
    this.content.addWidget(this.list);
    this.content.addWidget(this.message);
    for (const section of options.sections ?? []) {
      this.content.addWidget(section);
    }
    model.changed.connect(this.redraw, this);
    this.redraw();
  }

  /** Emitted when the panel came into view or went out of it. */
  get looked(): ISignal<this, boolean> {
    return this._looked;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._looked.emit(true);
    this.redraw();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._looked.emit(this.isVisible);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._looked.emit(false);
  }

  protected override onActivateRequest(): void {
    this.takeFocus();
  }

  private takeFocus(): void {
    const row = this.list.node.querySelector<HTMLElement>('[tabindex="0"]');
    (this.list.isHidden ? this.message.node : row)?.focus();
  }

  private redraw(): void {
    const show = (): void => {
      this.showNow();
    };
    keepingFocus(this.node, show, () => {
      this.takeFocus();
    });
  }

  private showNow(): void {
    const { model } = this.options;
    const { state, query } = model;
    const rows = model.layout.length;
    const known = state.kind === 'ready';
    const isEmpty = known && state.page.total === 0 && query.where === '';
    this.controls.refresh();
    // A condition that can't be read is mended where it was typed.
    this.header.setHidden(state.kind === 'none');
    this.controls.offer(!isEmpty);
    this.list.setHidden(rows === 0 || state.kind === 'failed');
    this.message.setHidden(rows > 0 && known);
    if (!this.message.isHidden) {
      this.message.tell(state, query.where !== '');
    }
    if (!this.list.isHidden) {
      this.list.refresh();
    }
  }

  readonly list: RunList;
  private readonly controls: RunControls;
  private readonly message: RunsMessage;
  private readonly _looked = new Signal<this, boolean>(this);
}
