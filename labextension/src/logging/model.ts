import type { Kernel } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';
import { askState, type LoggingState, pause, UNKNOWN } from './state';

/** Whether the kernel in front records. It is asked when it may answer otherwise, never in turns. */
export class LoggingModel {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): LoggingState {
    return this._state;
  }

  /** Look at another kernel; null is none. */
  async show(kernel: Kernel.IKernelConnection | null): Promise<void> {
    if (kernel !== this.kernel) {
      this.kernel?.statusChanged.disconnect(this.follow, this);
      this.kernel = kernel;
      kernel?.statusChanged.connect(this.follow, this);
      this.set(UNKNOWN);
      await this.refresh();
    }
  }

  async refresh(): Promise<void> {
    await this.take(askState);
  }

  async toggle(): Promise<void> {
    const paused = this._state.kind !== 'paused';
    await this.take(kernel => pause(kernel, paused));
  }

  private async take(
    ask: (kernel: Kernel.IKernelConnection) => Promise<LoggingState>
  ): Promise<void> {
    const { kernel } = this;
    if (!kernel) {
      return;
    }
    try {
      const state = await ask(kernel);
      if (kernel === this.kernel) {
        this.set(state);
      }
    } catch {
      // It was restarted or died before it answered; when it is back it is asked again.
    }
  }

  private follow(_: unknown, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this.stale = true;
    } else if (status === 'idle' && this.stale) {
      this.stale = false;
      void this.refresh();
    }
  }

  private set(state: LoggingState): void {
    this._state = state;
    this._changed.emit();
  }

  private kernel: Kernel.IKernelConnection | null = null;
  private stale = false;
  private _state: LoggingState = UNKNOWN;
  private readonly _changed = new Signal<this, void>(this);
}
