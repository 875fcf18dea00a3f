import { type IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../runs/dom';
import { brief } from '../runs/words';
import { LoadedView } from '../views/loading';
import { button, row, section, table } from '../views/parts';
import type { IBundle, IPolicy } from './bundle';

export interface IBundleActions {
  /** Keep it in the registry, and say whether that came about; left out where it is there already. */
  readonly register?: () => Promise<boolean>;
  /** Show its files; left out where they are not below the server's folder. */
  readonly openFolder?: () => void;
}

export interface IBundleViewOptions {
  readonly ask: () => Promise<IBundle>;
  readonly actions: IBundleActions;
  readonly trans: TranslationBundle;
  readonly rendermime: IRenderMimeRegistry;
  /** More sections, below the proof. */
  readonly more?: () => readonly HTMLElement[];
}

const MARKDOWN = 'text/markdown';

/** A bundle: on what ground it may be trusted, what it does with strange rows, its model card. */
export class BundleView extends LoadedView<IBundle> {
  constructor(private readonly options: IBundleViewOptions) {
    super(options.ask, options.trans);
    this.addClass('jp-Cellmark-bundleView');
  }

  protected draw(bundle: IBundle): void {
    const { trans, options } = this;
    this.place(this.header(bundle));
    this.place(proof(bundle, trans));
    for (const more of options.more?.() ?? []) {
      this.place(more);
    }
    this.place(policies(bundle.policies, trans));
    void this.drawCard(bundle.card);
  }

  private header({ name, version, digest }: IBundle): HTMLElement {
    const { trans, options } = this;
    const { register, openFolder } = options.actions;
    const about = element(
      'p',
      { class: 'jp-Cellmark-about' },
      trans.__('Digest'),
      ' ',
      element('code', { title: digest }, digest.slice(0, 16)),
      ' ',
      copyButton(digest, trans)
    );
    const bar = element('div', { class: 'jp-Cellmark-buttons' });
    if (register) {
      const told = trans.__('Keep it as a version that an alias can point to');
      bar.append(registerButton(register, told, trans));
    }
    if (openFolder) {
      bar.append(button(trans.__('Open Folder'), openFolder, trans.__('Show its files')));
    }
    const title = element('h1', {}, `${name}@${version}`);
    return element(
      'header',
      { class: 'jp-Cellmark-viewHeader' },
      element('div', {}, title, about),
      bar
    );
  }

  private async drawCard(card: string): Promise<void> {
    if (card === '') {
      return;
    }
    const { trans, options } = this;
    this.place(element('h2', { class: 'jp-Cellmark-heading' }, trans.__('Model card')));
    const renderer = options.rendermime.createRenderer(MARKDOWN);
    renderer.addClass('jp-Cellmark-card');
    renderer.node.setAttribute('role', 'region');
    renderer.node.setAttribute('aria-label', trans.__('Model card'));
    this.addWidget(renderer);
    await renderer.renderModel(new MimeModel({ data: { [MARKDOWN]: card } }));
    // Code and tables may be wider than the card, and are then scrolled by keyboard too.
    for (const wide of renderer.node.querySelectorAll<HTMLElement>('pre, table')) {
      wide.tabIndex = 0;
    }
  }
}

function registerButton(
  register: () => Promise<boolean>,
  told: string,
  trans: TranslationBundle
): HTMLElement {
  const made = button(
    trans.__('Register'),
    () => {
      made.disabled = true;
      void register().then(isKept => {
        made.disabled = isKept;
        made.textContent = isKept ? trans.__('Registered') : made.textContent;
      });
    },
    told
  );
  return made;
}

function copyButton(text: string, trans: TranslationBundle): HTMLElement {
  const copy = button(trans.__('Copy'), () => {
    void navigator.clipboard.writeText(text).then(() => {
      copy.textContent = trans.__('Copied');
    });
  });
  copy.title = trans.__('Copy the whole digest');
  return copy;
}

function proof(bundle: IBundle, trans: TranslationBundle): HTMLElement {
  const title = trans.__('Proof');
  const rows = bundle.checks.map(({ name, rows: count, difference }) =>
    row(name, count.toLocaleString(), equalOr(difference, trans))
  );
  const headings = [trans.__('Compared'), trans.__('Rows'), trans.__('Greatest difference')];
  const unproven = bundle.unproven.map(each => warning(trans.__('Not proven: %1', each)));
  const joblib = Object.entries(bundle.joblib).map(([name, why]) =>
    warning(trans.__('%1 is kept by joblib, which runs code when it is loaded: it %2', name, why))
  );
  return section(
    'proof',
    title,
    element('p', { class: 'jp-Cellmark-verdictLine' }, provenOn(bundle, trans)),
    ...unproven,
    ...joblib,
    table(title, headings, rows)
  );
}

/** The proof in a sentence. */
export function provenOn({ rows, difference }: IBundle, trans: TranslationBundle): string {
  const count = rows.toLocaleString();
  if (rows === 0) {
    return trans.__('Not proven: the bundle says of no row that it was compared.');
  }
  return difference === 0
    ? trans.__('Gives the notebook’s own numbers to the last bit, on %1 rows.', count)
    : trans.__('Gives the notebook’s own numbers within %1, on %2 rows.', brief(difference), count);
}

function equalOr(difference: number, trans: TranslationBundle): string {
  return difference === 0 ? trans.__('none') : brief(difference);
}

function policies(stated: readonly IPolicy[], trans: TranslationBundle): HTMLElement {
  const title = trans.__('What it does with rows unlike those of the training');
  const rows = stated.map(({ name, value, said, isUsual }) => {
    const mark = isUsual ? '' : trans.__(' (chosen)');
    return row(`${name}=${value}`, `${sentence(said)}${mark}`);
  });
  return section('policies', title, table(title, [trans.__('Policy'), trans.__('Means')], rows));
}

function sentence(said: string): string {
  return `${said.charAt(0).toUpperCase()}${said.slice(1).replaceAll('`', '')}`;
}

export function warning(words: string): HTMLElement {
  return element('p', { class: 'jp-Cellmark-warning' }, words);
}
