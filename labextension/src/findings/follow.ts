import type { INotebookContent } from '@jupyterlab/nbformat';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { FindingMarks } from './marks';
import type { FindingsModel, IOpenNotebook } from './model';
import { slim } from './slim';

/** Look at the notebook in front, again after each pause in typing, and mark what is found. */
export function followNotebook(
  tracker: INotebookTracker,
  model: FindingsModel,
  marks: FindingMarks
): void {
  let shown: NotebookPanel | null = null;
  const again = (): void => {
    model.refreshSoon();
  };
  const follow = (): void => {
    const panel = tracker.currentWidget;
    if (panel === shown) {
      return;
    }
    shown?.content.model?.contentChanged.disconnect(again);
    shown = panel;
    void panel?.context.ready.then(() => {
      if (panel === shown && !panel.isDisposed) {
        panel.content.model?.contentChanged.connect(again);
        void model.show(opened(panel));
      }
    });
    if (panel === null) {
      void model.show(null);
    }
  };
  model.changed.connect(({ state }) => {
    if (shown && !shown.isDisposed && state.kind !== 'none') {
      marks.show(shown.content, state.kind === 'ready' ? state.checked.findings : []);
    }
  });
  tracker.currentChanged.connect(follow);
  follow();
}

function opened({ context, content }: NotebookPanel): IOpenNotebook {
  return {
    get path() {
      return context.path;
    },
    content: () => slim(content.model?.toJSON() as INotebookContent)
  };
}
