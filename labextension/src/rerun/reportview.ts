import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../runs/dom';
import { LoadedView } from '../views/loading';

/** A report as a page of its own. Nothing in it may run: what it shows came out of a notebook. */
export class ReportView extends LoadedView<string> {
  constructor(ask: () => Promise<string>, trans: TranslationBundle) {
    super(ask, trans);
    this.addClass('jp-Cellmark-reportView');
  }

  protected draw(html: string): void {
    const title = this.trans.__('Report');
    this.place(element('iframe', { sandbox: '', srcdoc: html, title, tabindex: '0' }));
  }
}
