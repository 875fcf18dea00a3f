import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { ROLES } from '../roles';
import { wordingOf } from '../wording';
import { element } from './dom';
import type { RunsState } from './model';
import type { Problem } from './problem';

export interface IRunsMessageOptions {
  readonly trans: TranslationBundle;
  readonly onRetry: () => void;
  /** Whether a cell of the notebook in front trains already. */
  readonly trains?: () => boolean;
}

/** What stands in the place of the list while there is none: why, and what to do. */
export class RunsMessage extends Widget {
  constructor(private readonly options: IRunsMessageOptions) {
    super();
    this.addClass('jp-Cellmark-message');
    this.node.setAttribute('role', 'status');
    // It may be higher than the sidebar, and is then scrolled by keyboard too.
    this.node.tabIndex = 0;
  }

  /** The same words are not said again: the button among them may have the keyboard. */
  tell(state: RunsState, filtered: boolean): void {
    const content = this.content(state, filtered);
    const { children } = this.node;
    const same = content.every((part, at) => children[at]?.isEqualNode(part) === true);
    if (!same || children.length !== content.length) {
      this.node.replaceChildren(...content);
    }
  }

  private content(state: RunsState, filtered: boolean): HTMLElement[] {
    const { trans } = this.options;
    switch (state.kind) {
      case 'none':
        return [text(trans.__('Open a notebook to see its runs.'))];
      case 'loading':
        return [text(trans.__('Loading runs…'))];
      case 'failed':
        return filtered && isOfFilter(state.problem)
          ? this.unreadable(state.problem)
          : [
              element('h3', {}, trans.__('The runs can’t be shown')),
              element('p', { class: 'jp-Cellmark-problem' }, state.problem.message),
              this.retry()
            ];
      case 'ready':
        return filtered
          ? [text(trans.__('No run fits the filter.'))]
          : this.teaching(state.page.store);
    }
  }

  /** What is mended by typing has no button. */
  private unreadable({ message }: Problem): HTMLElement[] {
    const { trans } = this.options;
    return [
      element('h3', {}, trans.__('This filter can’t be read')),
      element('pre', { class: 'jp-Cellmark-problem', tabindex: '0' }, message),
      text(trans.__('For example: auc > 0.8 and tag = "starred"'))
    ];
  }

  /** What a tag is, what will be logged, where it goes. */
  private teaching(store: string): HTMLElement[] {
    const { trans } = this.options;
    const roles = ROLES.map(role => {
      const { name, caption } = wordingOf(role, trans);
      const chip = element('span', { class: 'jp-Cellmark-chip', 'data-role': role }, name);
      return element('li', {}, chip, element('span', {}, caption));
    });
    return [
      element('h3', {}, trans.__('No runs yet')),
      text(
        this.options.trains?.() === true
          ? trans.__('Run this notebook’s cells: each time a “Train” cell runs, a run stands here.')
          : trans.__(
              'Give the cells of this notebook their roles, and run them. There is nothing to import and nothing to call.'
            )
      ),
      element('ul', { class: 'jp-Cellmark-roleList' }, ...roles),
      text(
        trans.__('Right-click a cell, “Cellmark Role”; or press Esc, T, then P, D, R, T, E or S.')
      ),
      element('h3', {}, trans.__('What is logged')),
      text(
        trans.__(
          'Each time a “Train” cell runs: the code that ran, parameters, metrics, fingerprints of the data, packages, outputs and the fitted model. Secrets are made unreadable first; rows of data are not stored, but what a cell prints is.'
        )
      ),
      element('h3', {}, trans.__('Where it goes')),
      element(
        'p',
        {},
        trans.__('To this folder, and nowhere else:'),
        ' ',
        element('code', {}, store)
      )
    ];
  }

  private retry(): HTMLElement {
    const button = element(
      'button',
      { type: 'button', class: 'jp-Cellmark-button jp-Cellmark-retry' },
      this.options.trans.__('Try again')
    );
    button.addEventListener('click', this.options.onRetry);
    return button;
  }
}

/** The server points into the condition where it can't be read. */
function isOfFilter({ message }: Problem): boolean {
  return message.startsWith('query, column');
}

function text(words: string): HTMLElement {
  return element('p', {}, words);
}
