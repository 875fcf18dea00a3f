import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

/** Answers as a kernel with Cellmark's listener does, or with none. */
export class FakeKernel {
  constructor(
    public state: string,
    private readonly language = 'python'
  ) {}

  readonly statusChanged = new Signal<this, string>(this);
  readonly asked: string[] = [];

  get info(): Promise<object> {
    return Promise.resolve({ language_info: { name: this.language } });
  }

  requestExecute({ code }: { code: string }): { done: Promise<object> } {
    this.asked.push(code);
    if (code.includes('.pause(')) {
      this.state = code.includes('True') ? 'paused' : 'on';
    }
    const data = { 'text/plain': `'${this.state}'` };
    return {
      done: Promise.resolve({
        content: { status: 'ok', user_expressions: { state: { status: 'ok', data } } }
      })
    };
  }

  get connection(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }
}
