import type { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { element } from '../runs/dom';
import { type Choosable, isModelName, type IWish, POLICIES, type PolicyName } from './wish';
import { choiceWords, policyWords } from './wording';

export interface IFormOptions {
  readonly name: string;
  readonly choosable: Choosable;
  /** What the notebook's metadata or an earlier try chose: `model` -> `a`. */
  readonly chosen: Readonly<Record<string, string>>;
  /** As the notebook's metadata have them. */
  readonly policies: Readonly<Record<string, string>>;
  readonly trans: TranslationBundle;
}

/** What is asked before a notebook is packaged. */
export class PackageForm extends Widget implements Dialog.IBodyWidget<IWish> {
  constructor(private readonly options: IFormOptions) {
    super();
    this.addClass('jp-Cellmark-form');
    const { trans } = options;
    this.name = element('input', { type: 'text', id: 'cellmark-name', spellcheck: 'false' });
    this.name.value = options.name;
    this.name.addEventListener('input', this.check.bind(this));
    this.hint = element('p', { class: 'jp-Cellmark-problem', role: 'alert' });
    this.node.append(field(trans.__('The model’s name'), this.name), this.hint);
    for (const [what, names] of Object.entries(options.choosable)) {
      const select = selectOf(names.map(name => [name, name]));
      select.value = options.chosen[what] ?? names.at(-1) ?? '';
      this.choices.set(what, select);
      this.node.append(field(choiceWords(what, trans), select));
    }
    this.node.append(this.policyFields());
  }

  getValue(): IWish {
    const chosen = [...this.choices].map(([what, select]) => [what, select.value]);
    const policies = [...this.policies]
      .map(([name, select]) => [name, select.value] as const)
      .filter(([name, value]) => value !== this.policyNow(name));
    return {
      name: this.name.value.trim(),
      choices: Object.fromEntries(chosen) as Record<string, string>,
      policies: Object.fromEntries(policies)
    };
  }

  protected override onAfterAttach(): void {
    this.name.focus();
    this.name.select();
  }

  private policyFields(): HTMLElement {
    const { trans } = this.options;
    const summary = element('summary', {}, trans.__('Rows unlike those of the training'));
    const folded = element('details', {}, summary);
    for (const name of Object.keys(POLICIES) as PolicyName[]) {
      const { label, values } = policyWords(name, trans);
      const select = selectOf(POLICIES[name].map(value => [value, values[value] ?? value]));
      select.value = this.policyNow(name);
      this.policies.set(name, select);
      folded.append(field(label, select));
    }
    return folded;
  }

  private policyNow(name: PolicyName): string {
    return this.options.policies[name] ?? POLICIES[name][0];
  }

  private check(): void {
    const { trans } = this.options;
    const isGood = isModelName(this.name.value.trim());
    this.hint.textContent = isGood
      ? ''
      : trans.__('Small letters and digits, joined by - or _, such as churn or churn-2.');
    const accept = this.node.closest('.jp-Dialog')?.querySelector('button.jp-mod-accept');
    accept?.toggleAttribute('disabled', !isGood);
  }

  private readonly name: HTMLInputElement;
  private readonly hint: HTMLElement;
  private readonly choices = new Map<string, HTMLSelectElement>();
  private readonly policies = new Map<PolicyName, HTMLSelectElement>();
}

function field(label: string, control: HTMLElement): HTMLElement {
  return element('label', {}, element('span', {}, label), control);
}

function selectOf(options: readonly (readonly [string, string])[]): HTMLSelectElement {
  const made = options.map(([value, label]) => element('option', { value }, label));
  return element('select', {}, ...made);
}
