import type { Cell } from '@jupyterlab/cells';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { Notebook } from '@jupyterlab/notebook';
import type { IFinding } from './finding';
import { findingMarks, setFindings } from './underline';

/** Underlines findings in the code of a notebook's cells. */
export class FindingMarks {
  constructor(private readonly tell: (finding: IFinding) => HTMLElement) {}

  show(notebook: Notebook, findings: readonly IFinding[]): void {
    for (const cell of notebook.widgets) {
      const own = findings.filter(finding => cellOf(notebook, finding) === cell);
      // Cells far from the viewport have no editor until they are scrolled to.
      void cell.ready.then(() => {
        this.mark(cell, own);
      });
    }
  }

  private mark(cell: Cell, findings: readonly IFinding[]): void {
    const { editor } = cell;
    if (!(editor instanceof CodeMirrorEditor)) {
      return;
    }
    if (!this.prepared.has(editor)) {
      if (findings.length === 0) {
        return;
      }
      this.prepared.add(editor);
      editor.injectExtension(findingMarks(this.tell));
    }
    editor.editor.dispatch({ effects: setFindings.of(findings) });
  }

  private readonly prepared = new WeakSet<CodeMirrorEditor>();
}

/** The cell that a finding is in: by its id, else by its number among the code cells. */
export function cellOf(notebook: Notebook, { cell, cellId }: IFinding): Cell | null {
  const byId = notebook.widgets.find(({ model }) => model.id === cellId);
  const code = notebook.widgets.filter(({ model }) => model.type === 'code');
  return byId ?? code[cell - 1] ?? null;
}
