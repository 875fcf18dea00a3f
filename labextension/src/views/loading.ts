import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';
import { element, keepingFocus } from '../runs/dom';
import { Problem } from '../runs/problem';
import { button } from './parts';

/** A view that asks for what it shows: says that it waits, and what went wrong. */
export abstract class LoadedView<T> extends Panel {
  constructor(
    private readonly ask: () => Promise<T>,
    protected readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-Cellmark-view');
    this.node.tabIndex = 0;
    void this.load();
  }

  async load(): Promise<void> {
    this.put(message(this.trans.__('Loading…')));
    try {
      const found = await this.ask();
      if (!this.isDisposed) {
        keepingFocus(this.node, () => {
          this.clear();
          this.draw(found);
        });
      }
    } catch (thrown) {
      if (!this.isDisposed) {
        this.fail(Problem.of(thrown));
      }
    }
  }

  /** Add the widgets that show what was found. */
  protected abstract draw(found: T): void;

  /** Add an element as a widget of its own. */
  protected place(node: HTMLElement): void {
    this.addWidget(new Widget({ node }));
  }

  private fail(problem: Problem): void {
    const retry = button(this.trans.__('Try again'), () => void this.load());
    this.put(
      element(
        'div',
        { role: 'alert' },
        element('p', { class: 'jp-Cellmark-problem' }, problem.message),
        retry
      )
    );
  }

  private put(node: HTMLElement): void {
    keepingFocus(this.node, () => {
      this.clear();
      this.place(node);
    });
  }

  private clear(): void {
    for (const widget of [...this.widgets]) {
      widget.dispose();
    }
  }
}

function message(words: string): HTMLElement {
  return element('p', { role: 'status' }, words);
}
