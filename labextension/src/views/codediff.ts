import { MergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { jupyterTheme } from '@jupyterlab/codemirror';
import { Widget } from '@lumino/widgets';

/** Two versions of a cell's code beside each other, as JupyterLab's editors show code. */
export class CodeDiff extends Widget {
  constructor(
    private readonly before: string,
    private readonly after: string,
    private readonly languages: IEditorLanguageRegistry
  ) {
    super();
    this.addClass('jp-Cellmark-codeDiff');
  }

  protected override onAfterAttach(): void {
    void this.build();
  }

  protected override onBeforeDetach(): void {
    this.view?.destroy();
    this.view = null;
  }

  private async build(): Promise<void> {
    const language = await this.languages.getLanguage('ipython');
    if (!this.isAttached || this.view) {
      return;
    }
    const extensions: Extension[] = [
      EditorState.readOnly.of(true),
      EditorView.lineWrapping,
      lineNumbers(),
      jupyterTheme,
      language?.support ?? []
    ];
    this.view = new MergeView({
      a: { doc: this.before, extensions: [...extensions, named('before')] },
      b: { doc: this.after, extensions: [...extensions, named('after')] },
      collapseUnchanged: { margin: 3, minSize: 6 },
      parent: this.node
    });
  }

  private view: MergeView | null = null;
}

function named(side: string): Extension {
  return EditorView.contentAttributes.of({ 'aria-label': side, tabindex: '0' });
}
