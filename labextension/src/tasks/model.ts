import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import type { RunsApi } from '../runs/api';
import { EventStream } from '../runs/events';
import { fieldsOf } from '../runs/parse';
import { Problem } from '../runs/problem';
import { type ITask, type ITaskRequest, parseTask } from './task';

/** What is known of a task. */
export type Known =
  | { readonly kind: 'asking' }
  | { readonly kind: 'told'; readonly task: ITask }
  /** The server was restarted since, or does not answer. */
  | { readonly kind: 'lost'; readonly problem: Problem };

export type TaskApi = Pick<RunsApi, 'request' | 'events'>;

/** Have the server begin long work on a notebook; the task's id. Throws a Problem. */
export async function beginTask(
  api: Pick<RunsApi, 'request'>,
  notebook: string,
  request: ITaskRequest
): Promise<string> {
  return parseTask(await api.request('POST', 'tasks', notebook, [], request)).id;
}

/** One task of the server, followed to its end; it goes on where nobody follows it. */
export class TaskModel implements IDisposable {
  constructor(
    private readonly api: TaskApi,
    readonly notebook: string,
    readonly id: string
  ) {
    this.events = new EventStream(path => api.events(path));
    this.events.heard.connect(this.hear, this);
    this.events.listen(notebook);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get known(): Known {
    return this._known;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Tell the task to stop. */
  async cancel(): Promise<void> {
    await this.ask('DELETE');
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.events.dispose();
      Signal.clearData(this);
    }
  }

  private hear(_: unknown, event: unknown): void {
    const { kind, task } = fieldsOf(event);
    if (kind !== 'task') {
      // The socket is open, anew perhaps: what was said before is asked for.
      void this.ask('GET');
    } else if (fieldsOf(task)['id'] === this.id) {
      this.become({ kind: 'told', task: parseTask(task) });
    }
  }

  private async ask(method: 'GET' | 'DELETE'): Promise<void> {
    if (hasEnded(this._known)) {
      return;
    }
    try {
      const answer = await this.api.request(method, `tasks/${this.id}`, this.notebook);
      this.become({ kind: 'told', task: parseTask(answer) });
    } catch (thrown) {
      this.become({ kind: 'lost', problem: Problem.of(thrown) });
    }
  }

  private become(known: Known): void {
    // What has ended stays as it ended, whatever was on its way then.
    if (this._isDisposed || hasEnded(this._known)) {
      return;
    }
    this._known = known;
    if (hasEnded(known)) {
      this.events.listen(null);
    }
    this._changed.emit();
  }

  private readonly events: EventStream;
  private _known: Known = { kind: 'asking' };
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

function hasEnded(known: Known): boolean {
  return known.kind === 'told' && known.task.state !== 'running';
}
