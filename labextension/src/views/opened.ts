import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

/** What a view is about; its place in the layout remembers it. */
export type ViewArgs = ReadonlyPartialJSONObject & { readonly notebook: string };

export interface IViewOptions {
  readonly label: string;
  readonly icon: LabIcon;
  readonly content: () => Widget;
  /** Stand to the right of this widget instead of in a tab. */
  readonly beside?: string;
  /** Views whose place it takes. */
  readonly instead?: (of: ViewArgs) => boolean;
}

/** Where a page has room for its notebook alone, as each of Notebook 7's pages has. */
const ONE_NOTEBOOK = 'Jupyter Notebook';

/** Views in the main area, one for each thing that they are about; in Notebook 7 beside it. */
export class OpenedViews {
  /** `kind` tells these views from others, in the layout too. */
  constructor(
    app: Pick<JupyterFrontEnd, 'name' | 'shell'>,
    private readonly kind: string
  ) {
    this.shell = app.shell;
    this.isAlone = app.name === ONE_NOTEBOOK;
    this.tracker = new WidgetTracker<MainAreaWidget>({ namespace: kind });
  }

  /** Show a view; the one that is open already, if it is. */
  show(args: ViewArgs, { label, icon, content, ...place }: IViewOptions): void {
    const id = `${this.kind}:${encodeURIComponent(JSON.stringify(args))}`;
    if (!this.tracker.find(widget => widget.id === id)) {
      const widget = new MainAreaWidget({ content: content() });
      widget.toolbar.hide();
      widget.id = id;
      widget.title.label = label;
      widget.title.caption = `${label} · ${PathExt.basename(args.notebook)}`;
      widget.title.icon = icon;
      widget.title.closable = true;
      this.add(widget, place);
    }
    this.shell.activateById(id);
  }

  private add(
    widget: MainAreaWidget,
    { beside, instead }: Pick<IViewOptions, 'beside' | 'instead'>
  ): void {
    if (this.isAlone) {
      this.shell.add(widget, 'right');
      void this.tracker.add(widget);
      return;
    }
    const before = this.tracker.find(({ id }) => instead?.(argsIn(id, this.kind)) === true);
    if (before) {
      this.shell.add(widget, 'main', { mode: 'tab-after', ref: before.id });
      before.close();
    } else if (beside !== undefined) {
      this.shell.add(widget, 'main', { mode: 'split-right', ref: beside });
    } else {
      this.shell.add(widget, 'main');
    }
    void this.tracker.add(widget);
  }

  /** Have the views come back when the page is loaded again, by this command. */
  restoreBy(restorer: ILayoutRestorer, command: string): void {
    void restorer.restore(this.tracker, {
      command,
      args: ({ id }) => argsIn(id, this.kind),
      name: ({ id }) => id
    });
  }

  private readonly shell: JupyterFrontEnd['shell'];
  private readonly isAlone: boolean;
  private readonly tracker: WidgetTracker<MainAreaWidget>;
}

function argsIn(id: string, kind: string): ViewArgs {
  const text = decodeURIComponent(id.slice(kind.length + 1));
  return JSON.parse(text) as ViewArgs;
}
