import type { TaskApi } from '../../src/tasks/model';

/** A task as the server tells of it. */
export const TASK = {
  id: 't',
  kind: 'package',
  about: { kind: 'package', name: 'churn' },
  state: 'running',
  stage: '',
  stages: [] as object[],
  started: 100,
  ended: null as number | null,
  result: null as unknown,
  problem: null as object | null
};

export function stageOf(said: string, began: number, detail = ''): object {
  return { said, began, detail };
}

export function problemOf(...refused: object[]): object {
  const whole = { cell: null, line: null, source: '', reason: 'no', fix: '', choose: {} };
  return { detail: 'no', refused: refused.map(each => ({ ...whole, ...each })) };
}

export function eventOf(more: object): object {
  return { kind: 'task', task: { ...TASK, ...more } };
}

/** A server that answers with `TASK`, or throws, and pushes events when it is told to. */
export class FakeServer implements TaskApi {
  readonly asked: string[] = [];
  answer: unknown = TASK;
  fault: Error | null = null;
  private socket: WebSocket | null = null;

  request(method: string, path: string): Promise<unknown> {
    this.asked.push(`${method} ${path}`);
    return this.fault ? Promise.reject(this.fault) : Promise.resolve(this.answer);
  }

  events(): WebSocket {
    this.socket = { close: () => undefined } as unknown as WebSocket;
    return this.socket;
  }

  push(...events: object[]): void {
    for (const event of events) {
      this.socket?.onmessage?.(new MessageEvent('message', { data: JSON.stringify(event) }));
    }
  }
}
