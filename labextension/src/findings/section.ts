import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { element, keepingFocus } from '../runs/dom';
import type { IFinding } from './finding';
import { findingItem, type IFindingActions, placeButton } from './item';
import type { FindingsModel } from './model';

export interface IFindingsSectionOptions {
  readonly model: FindingsModel;
  readonly actions: IFindingActions;
  readonly trans: TranslationBundle;
}

/** The part of the sidebar that lists what will hurt in the notebook in front. */
export class FindingsSection extends Widget {
  constructor(private readonly options: IFindingsSectionOptions) {
    super({ node: element('details', { class: 'jp-Cellmark-findings' }) });
    this.summary = element('summary');
    this.body = element('div', { class: 'jp-Cellmark-findingList' });
    this.node.append(this.summary, this.body);
    options.model.changed.connect(this.redraw, this);
    options.model.wanted.connect(this.unfold, this);
    this.redraw();
  }

  private unfold(): void {
    this.node.setAttribute('open', '');
    this.summary.focus();
  }

  private redraw(): void {
    const { model, trans } = this.options;
    const { state } = model;
    this.setHidden(model.notebook === null);
    const count = state.kind === 'ready' ? state.checked.findings.length : 0;
    this.summary.textContent =
      state.kind === 'ready' ? trans.__('Findings (%1)', count) : trans.__('Findings');
    const at = [...this.buttons].indexOf(document.activeElement as HTMLElement);
    const refill = (): void => {
      this.body.replaceChildren(...this.content());
    };
    // The keyboard goes on to the finding that took the place of the one it was at.
    keepingFocus(this.node, refill, () => {
      (this.buttons[at] ?? this.summary).focus();
    });
  }

  private get buttons(): NodeListOf<HTMLElement> {
    return this.body.querySelectorAll('button');
  }

  private content(): HTMLElement[] {
    const { trans, model } = this.options;
    const { state } = model;
    switch (state.kind) {
      case 'none':
        return [];
      case 'failed':
        return [element('p', { class: 'jp-Cellmark-problem' }, state.problem.message)];
      case 'ready': {
        const { findings, remark } = state.checked;
        const remarks = remark === '' ? [] : [element('p', {}, remark)];
        const nothing = trans.__(
          'Nothing was found: hidden state, chance, leakage, secrets and old APIs are looked for as you type.'
        );
        return findings.length === 0
          ? [...remarks, element('p', {}, nothing)]
          : [...remarks, element('ul', {}, ...findings.map(each => this.drawFinding(each)))];
      }
    }
  }

  private drawFinding(finding: IFinding): HTMLElement {
    const { actions, trans } = this.options;
    return element(
      'li',
      {},
      placeButton(finding, actions, trans),
      findingItem(finding, actions, trans)
    );
  }

  private readonly summary: HTMLElement;
  private readonly body: HTMLElement;
}
