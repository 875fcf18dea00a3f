import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

/** Milliseconds until a lost socket is tried again: doubled each time, up to the second. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** What the server pushes for one notebook. Closed while nobody looks. */
export class EventStream implements IDisposable {
  constructor(private readonly open: (notebook: string) => WebSocket) {}

  /** Emitted with each event, as JSON. */
  get heard(): ISignal<this, unknown> {
    return this._heard;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Listen to this notebook's events, or to none. */
  listen(notebook: string | null): void {
    if (notebook !== this.notebook) {
      this.notebook = notebook;
      this.pause = FIRST_PAUSE;
      this.connect();
    }
  }

  dispose(): void {
    this.listen(null);
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private connect(): void {
    clearTimeout(this.timer);
    this.close();
    if (this.notebook === null) {
      return;
    }
    const socket = this.open(this.notebook);
    socket.onmessage = ({ data }: MessageEvent): void => {
      this.pause = FIRST_PAUSE;
      this._heard.emit(JSON.parse(String(data)));
    };
    socket.onclose = (): void => {
      this.timer = setTimeout(() => {
        this.connect();
      }, this.pause);
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    };
    this.socket = socket;
  }

  private close(): void {
    if (this.socket) {
      this.socket.onclose = null;
      this.socket.onmessage = null;
      this.socket.close();
      this.socket = null;
    }
  }

  private notebook: string | null = null;
  private pause = FIRST_PAUSE;
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
  private readonly _heard = new Signal<this, unknown>(this);
}
