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
