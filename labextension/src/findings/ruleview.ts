import { type IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { LoadedView } from '../views/loading';

const MARKDOWN = 'text/markdown';

/** What the documentation says of a rule. */
export class RuleView extends LoadedView<string> {
  constructor(
    ask: () => Promise<string>,
    trans: TranslationBundle,
    private readonly rendermime: IRenderMimeRegistry
  ) {
    super(ask, trans);
    this.addClass('jp-Cellmark-ruleView');
  }

  protected draw(page: string): void {
    void this.render(page);
  }

  private async render(page: string): Promise<void> {
    const renderer = this.rendermime.createRenderer(MARKDOWN);
    this.addWidget(renderer);
    await renderer.renderModel(new MimeModel({ data: { [MARKDOWN]: withoutPages(page) } }));
    for (const code of renderer.node.querySelectorAll('pre')) {
      code.tabIndex = 0;
    }
  }
}

/** Links to other pages of the documentation lead nowhere from here: their words stay. */
export function withoutPages(page: string): string {
  return page.replace(/\[([^\]]+)\]\((?!https?:)[^)]*\)/g, '$1');
}
