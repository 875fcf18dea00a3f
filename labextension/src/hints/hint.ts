import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { LoggingModel } from '../logging/model';
import { element } from '../runs/dom';
import { button } from '../views/parts';
import { mendFor } from './mend';

export interface IHintActions {
  /** Put the line into a new cell of the notebook in front, and run it. */
  run(line: string): void;
  restart(): void;
}

export interface ILoggingHintOptions {
  readonly model: LoggingModel;
  readonly actions: IHintActions;
  readonly trans: TranslationBundle;
}

/** Says that the kernel in front does not log, and offers what mends it; away while it does. */
export class LoggingHint extends Widget {
  constructor(private readonly options: ILoggingHintOptions) {
    super();
    this.addClass('jp-Cellmark-hint');
    this.node.setAttribute('role', 'status');
    options.model.changed.connect(this.redraw, this);
    this.redraw();
  }

  private redraw(): void {
    const { model, trans, actions } = this.options;
    const mend = mendFor(model.state, trans);
    this.setHidden(mend === null);
    const { words, line, restarts } = mend ?? { words: '', line: null, restarts: false };
    this.node.replaceChildren(element('p', {}, words));
    if (line !== null) {
      const run = button(trans.__('Run in Notebook'), () => {
        actions.run(line);
      });
      const bar = element('div', { class: 'jp-Cellmark-buttons' }, copyButton(line, trans), run);
      this.node.append(element('code', {}, line), bar);
    }
    if (restarts) {
      this.node.append(
        button(trans.__('Restart Kernel'), () => {
          actions.restart();
        })
      );
    }
  }
}

function copyButton(line: string, trans: TranslationBundle): HTMLElement {
  const copy = button(trans.__('Copy'), () => {
    void navigator.clipboard.writeText(line).then(() => {
      copy.textContent = trans.__('Copied');
    });
  });
  return copy;
}
