import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { RunsApi } from '../runs/api';
import type { ITaskRequest } from '../tasks/task';

/** Long work, and what a person is told that it is. */
export interface IWork extends ITaskRequest {
  readonly title: string;
}

/** Do long work, and say how far it is; null if it did not end well. */
export async function withProgress(
  api: RunsApi,
  notebook: string,
  work: IWork,
  trans: TranslationBundle,
  prepare: () => Promise<void> = () => Promise.resolve()
): Promise<unknown> {
  const { title, ...request } = work;
  const id = Notification.emit(title, 'in-progress', { autoClose: false });
  try {
    await prepare();
    const { runTask } = await import('./task');
    return await runTask({
      api,
      notebook,
      request,
      onStage: (stage, cancel) => {
        const message = stage === '' ? title : `${title}: ${stage}`;
        const actions = [{ label: trans.__('Cancel'), callback: cancel }];
        Notification.update({ id, message, actions });
      }
    });
  } catch (thrown) {
    const { showProblem } = await import('../runs/commands');
    void showProblem(title, thrown);
    return null;
  } finally {
    Notification.dismiss(id);
  }
}
