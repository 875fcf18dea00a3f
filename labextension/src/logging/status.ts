import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { element } from '../runs/dom';
import type { LoggingModel } from './model';
import type { LoggingState } from './state';

/** One word in the status bar: whether tagged cells are logged. A press pauses, or says what to do. */
export class LoggingStatus extends Widget {
  constructor(
    private readonly model: LoggingModel,
    private readonly trans: TranslationBundle,
    onPress: () => void
  ) {
    super();
    this.addClass('jp-Cellmark-status');
    this.button = element('button', { type: 'button', class: 'jp-Cellmark-statusButton' });
    this.button.addEventListener('click', onPress);
    this.node.append(this.button);
    model.changed.connect(this.redraw, this);
    this.redraw();
  }

  private redraw(): void {
    const { state } = this.model;
    const { label, title } = wordsFor(state, this.trans);
    this.setHidden(state.kind === 'unknown');
    this.button.dataset['state'] = state.kind;
    this.button.textContent = label;
    this.button.title = title;
  }

  private readonly button: HTMLButtonElement;
}

/** What a state is called, and what it means. */
export function wordsFor(
  state: LoggingState,
  trans: TranslationBundle
): { label: string; title: string } {
  switch (state.kind) {
    case 'unknown':
      return { label: '', title: '' };
    case 'on':
      return {
        label: trans.__('Cellmark: logging'),
        title: trans.__('Each cell with a role is logged. Press to pause.')
      };
    case 'paused':
      return {
        label: trans.__('Cellmark: paused'),
        title: trans.__('No cell is logged until you press here or restart the kernel.')
      };
    case 'absent':
    case 'unhooked':
    case 'foreign':
      return {
        label: trans.__('Cellmark: not logging'),
        title: trans.__('Cells of this kernel are not logged. Press to see why, and what to do.')
      };
    case 'faulty':
      return {
        label: trans.__('Cellmark: fault'),
        title: trans.__('A cell could not be logged. Press to see why.')
      };
  }
}
