import type { NotebookPanel } from '@jupyterlab/notebook';

/** Show a cell of the notebook and make it the active one. */
export function jumpTo(panel: NotebookPanel | null, id: string): boolean {
  const at = panel?.content.widgets.findIndex(cell => cell.model.id === id) ?? -1;
  if (!panel || at < 0) {
    return false;
  }
  panel.content.activeCellIndex = at;
  void panel.content.scrollToItem(at, 'center');
  panel.content.activate();
  return true;
}

/** Show a line of a code cell, by the cell's number among the code cells, and put the cursor there. */
export async function jumpToLine(
  panel: NotebookPanel | null,
  number: number,
  line: number
): Promise<void> {
  const cells = panel?.content.widgets.filter(({ model }) => model.type === 'code') ?? [];
  const cell = cells[number - 1];
  if (cell && jumpTo(panel, cell.model.id)) {
    await cell.ready;
    cell.editor?.setCursorPosition({ line: line - 1, column: 0 });
  }
}
