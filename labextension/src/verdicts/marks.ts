import type { Cell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { Notebook } from '@jupyterlab/notebook';
import { setVerdicts, verdictGutter, type VerdictWords } from './gutter';
import type { IJudged } from './verdict';

/** Editors that have the gutter, whoever gave it to them. */
const prepared = new WeakSet<CodeMirrorEditor>();

/** Shows verdicts beside the code of a notebook's cells. */
export class VerdictMarks {
  constructor(private readonly words: VerdictWords) {}

  /** Verdicts name a cell by its number among the code cells, from 1. */
  show(notebook: Notebook, judged: readonly IJudged[]): void {
    const cells = notebook.widgets.filter(({ model }) => model.type === 'code');
    cells.forEach((cell, at) => {
      const own = judged.filter(({ cell: number }) => number === at + 1);
      // Cells far from the viewport have no editor until they are scrolled to.
      void cell.ready.then(() => {
        this.mark(cell, own);
      });
    });
  }

  private mark(cell: Cell, judged: readonly IJudged[]): void {
    const { editor } = cell;
    if (!(editor instanceof CodeMirrorEditor)) {
      return;
    }
    if (!prepared.has(editor)) {
      prepared.add(editor);
      editor.injectExtension(verdictGutter(this.words));
    }
    editor.editor.dispatch({ effects: setVerdicts.of(judged) });
  }
}
