import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { element, keepingFocus } from '../runs/dom';
import type { RegistryModel } from './model';
import type { IModel, IVersion } from './types';

export interface IRegistryActions {
  package(): void;
  /** Show its proof and model card. */
  open(model: IModel, version: IVersion): void;
  promote(model: IModel, version: IVersion): void;
  history(model: IModel): void;
}

export interface IRegistrySectionOptions {
  readonly model: RegistryModel;
  readonly actions: IRegistryActions;
  readonly trans: TranslationBundle;
}

/** The part of the sidebar that shows models, their versions, and which of them an alias means. */
export class RegistrySection extends Widget {
  constructor(private readonly options: IRegistrySectionOptions) {
    super({ node: element('details', { class: 'jp-Cellmark-registry' }) });
    this.summary = element('summary');
    this.body = element('div', { class: 'jp-Cellmark-models' });
    this.node.append(this.summary, this.body);
    options.model.changed.connect(this.redraw, this);
    this.redraw();
  }

  private redraw(): void {
    const { model, trans } = this.options;
    const { state } = model;
    this.setHidden(state.kind === 'none');
    this.summary.textContent =
      state.kind === 'ready' ? trans.__('Models (%1)', state.models.length) : trans.__('Models');
    const focused = this.focusedName();
    const refill = (): void => {
      this.body.replaceChildren(...this.content());
    };
    keepingFocus(this.node, refill, () => {
      const again = [...this.body.querySelectorAll('button')].find(
        each => each.getAttribute('aria-label') === focused
      );
      (again ?? this.summary).focus();
    });
  }

  private content(): HTMLElement[] {
    const { model, actions, trans } = this.options;
    const { state } = model;
    switch (state.kind) {
      case 'none':
        return [];
      case 'failed':
        return [element('p', { class: 'jp-Cellmark-problem' }, state.problem.message)];
      case 'ready': {
        const build = button(trans.__('Package…'), trans.__('Package this notebook'), () => {
          actions.package();
        });
        return [...this.modelsOr(state.models), build];
      }
    }
  }

  private modelsOr(models: readonly IModel[]): HTMLElement[] {
    const empty = this.options.trans.__(
      'No model is registered. Package the notebook, and register the bundle: it is then kept as a version that an alias such as “champion” can point to.'
    );
    return models.length === 0
      ? [element('p', {}, empty)]
      : models.map(each => this.drawModel(each));
  }

  private drawModel(model: IModel): HTMLElement {
    const { actions, trans } = this.options;
    const told = button(trans.__('History'), trans.__('History of %1', model.model), () => {
      actions.history(model);
    });
    const title = element('h3', { title: model.model }, model.model);
    const rows = model.versions.map(version => this.drawVersion(model, version));
    return element(
      'section',
      { 'aria-label': model.model },
      element('div', { class: 'jp-Cellmark-line' }, title, told),
      element('ul', {}, ...rows)
    );
  }

  private drawVersion(model: IModel, version: IVersion): HTMLElement {
    const { actions, trans } = this.options;
    const name = `${model.model}@${version.version}`;
    const promote = button(trans.__('Promote…'), trans.__('Promote %1', name), () => {
      actions.promote(model, version);
    });
    const aliases = version.aliases.map(alias =>
      element('span', { class: 'jp-Cellmark-alias' }, alias)
    );
    const when = new Date(version.registered).toLocaleString();
    const about = trans.__('Registered %1 by %2, digest %3', when, version.by, version.digest);
    const number = button(`@${version.version}`, trans.__('Model card of %1', name), () => {
      actions.open(model, version);
    });
    number.classList.add('jp-Cellmark-version');
    const names = element('span', { class: 'jp-Cellmark-aliases' }, ...aliases);
    return element('li', { class: 'jp-Cellmark-line', title: about }, number, names, promote);
  }

  private focusedName(): string | null {
    const { activeElement } = document;
    return this.body.contains(activeElement) && activeElement
      ? activeElement.getAttribute('aria-label')
      : null;
  }

  private readonly summary: HTMLElement;
  private readonly body: HTMLElement;
}

function button(label: string, name: string, onPress: () => void): HTMLElement {
  const made = element(
    'button',
    { type: 'button', class: 'jp-Cellmark-button', 'aria-label': name, title: name },
    label
  );
  made.addEventListener('click', onPress);
  return made;
}
