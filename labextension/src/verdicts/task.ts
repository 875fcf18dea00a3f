import type { RunsApi } from '../runs/api';
import { EventStream } from '../runs/events';
import { fieldsOf } from '../runs/parse';
import { Problem } from '../runs/problem';
import { type ITask, type ITaskRequest, parseTask } from '../tasks/task';

export interface ITaskOptions {
  readonly api: Pick<RunsApi, 'request' | 'events'>;
  readonly notebook: string;
  readonly request: ITaskRequest;
  /** Called with each stage, and with what stops the task. */
  readonly onStage: (stage: string, cancel: () => void) => void;
}

/** Have the server do long work. Its result; null if it was cancelled. Throws a Problem. */
export async function runTask(options: ITaskOptions): Promise<unknown> {
  // eslint-disable-next-line jupyter/require-disposable-ownership -- disposed below, however it ends
  const events = new EventStream(path => options.api.events(path));
  try {
    return await follow(options, events);
  } finally {
    events.dispose();
  }
}

async function follow(options: ITaskOptions, events: EventStream): Promise<unknown> {
  const { api, notebook, request, onStage } = options;
  const begun = parseTask(await api.request('POST', 'tasks', notebook, [], request));
  const place = `tasks/${begun.id}`;
  const cancel = (): void => void api.request('DELETE', place, notebook).catch(() => undefined);
  const ended = new Promise<ITask>((resolve, reject) => {
    const hear = (task: ITask): void => {
      if (task.id === begun.id && task.state === 'running') {
        onStage(task.stage, cancel);
      } else if (task.id === begun.id) {
        resolve(task);
      }
    };
    events.heard.connect((_, event) => {
      const { kind, task } = fieldsOf(event);
      if (kind === 'task') {
        hear(parseTask(task));
      } else {
        // The socket is open, anew perhaps: what was said before is asked for.
        api.request('GET', place, notebook).then(found => {
          hear(parseTask(found));
        }, reject);
      }
    });
  });
  onStage(begun.stage, cancel);
  events.listen(notebook);
  return resultOf(await ended);
}

function resultOf(task: ITask): unknown {
  if (task.state === 'failed') {
    throw new Problem(task.problem ?? task.stage);
  }
  return task.state === 'done' ? task.result : null;
}
