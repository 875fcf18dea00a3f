import type { INotebookTracker } from '@jupyterlab/notebook';
import type { RegistryModel } from '../registry/model';
import type { RunsApi } from './api';
import { EventStream } from './events';
import { TrainingWatch } from './executions';
import type { LiveCells } from './live';
import type { RunsModel } from './model';
import type { RunsPanel } from './panel';

export interface IFollowed {
  readonly panel: RunsPanel;
  readonly model: RunsModel;
  readonly registry: RegistryModel;
  readonly tracker: INotebookTracker;
  readonly api: RunsApi;
}

/** Nothing is asked and nothing is heard while nobody sees the panel. */
export function followNotebook({ panel, model, registry, tracker, api }: IFollowed): void {
  const events = new EventStream(notebook => api.events(notebook));
  const follow = (): void => {
    const path = tracker.currentWidget?.context.path ?? null;
    events.listen(panel.isVisible ? path : null);
    if (panel.isVisible) {
      void model.show(path);
      void registry.show(path);
    }
  };
  events.heard.connect((_, event) => {
    if (kindOf(event) === 'runs') {
      void model.refresh();
    }
    // A task that ended may have registered a bundle.
    if (kindOf(event) === 'runs' || stateOf(event) === 'done') {
      void registry.refresh();
    }
  });
  panel.disposed.connect(() => {
    events.dispose();
  });
  panel.looked.connect(follow);
  tracker.currentChanged.connect(follow);
  tracker.widgetAdded.connect((_, { context }) => context.pathChanged.connect(follow));
  follow();
}

/** Know of each `train` cell of any notebook while it runs. */
export function watchTraining(tracker: INotebookTracker, live: LiveCells): void {
  tracker.widgetAdded.connect((_, { sessionContext, context }) => {
    let watch: TrainingWatch | null = null;
    const follow = (): void => {
      watch?.dispose();
      const kernel = sessionContext.session?.kernel;
      watch = kernel ? new TrainingWatch(kernel, () => context.path, live) : null;
    };
    sessionContext.kernelChanged.connect(follow);
    sessionContext.disposed.connect(() => watch?.dispose());
    follow();
  });
}

function kindOf(event: unknown): unknown {
  return (event as { kind?: unknown }).kind;
}

/** How a task is that an event tells of. */
function stateOf(event: unknown): unknown {
  return (event as { task?: { state?: unknown } }).task?.state;
}
