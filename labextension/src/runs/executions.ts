import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { parseTags, rolesOf } from '../roles';
import type { LiveCells } from './live';

/** Tells `live` of the `train` cells of one kernel, as they really begin and end. */
export class TrainingWatch implements IDisposable {
  constructor(
    kernel: Kernel.IKernelConnection,
    private readonly notebook: () => string,
    private readonly live: LiveCells
  ) {
    kernel.anyMessage.connect(this.hear, this);
    kernel.statusChanged.connect(this.follow, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this.forget();
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private hear(_: unknown, { msg, direction }: Kernel.IAnyMessageArgs): void {
    const type = msg.header.msg_type;
    if (direction === 'send' && type === 'execute_request') {
      this.note(msg);
      return;
    }
    const parent = (msg.parent_header as { msg_id?: string }).msg_id ?? '';
    const cell = this.asked.get(parent);
    if (cell === undefined) {
      return;
    }
    if (type === 'execute_input') {
      this.live.begin({ notebook: this.notebook(), cell, started: Date.now() / 1000 });
    } else if (type === 'status' && isIdle(msg)) {
      this.asked.delete(parent);
      this.live.end(cell);
    }
  }

  /** The request names the cell and its tags; it may wait long for its turn. */
  private note(msg: KernelMessage.IMessage): void {
    const { cellId, tags } = msg.metadata as { cellId?: unknown; tags?: unknown };
    if (typeof cellId === 'string' && rolesOf(parseTags(tags)).includes('train')) {
      this.asked.set(msg.header.msg_id, cellId);
    }
  }

  /** A kernel that is restarted or dies says nothing of the cells that it was asked for. */
  private follow(_: unknown, status: Kernel.Status): void {
    if (['restarting', 'autorestarting', 'dead', 'terminating'].includes(status)) {
      this.forget();
    }
  }

  private forget(): void {
    for (const cell of this.asked.values()) {
      this.live.end(cell);
    }
    this.asked.clear();
  }

  private _isDisposed = false;
  /** The cells by the ids of the requests that ask for them. */
  private readonly asked = new Map<string, string>();
}

function isIdle(msg: KernelMessage.IMessage): boolean {
  return (msg.content as { execution_state?: string }).execution_state === 'idle';
}
