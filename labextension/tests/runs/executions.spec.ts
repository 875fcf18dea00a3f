import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';
import { TrainingWatch } from '../../src/runs/executions';
import { LiveCells } from '../../src/runs/live';

class FakeKernel {
  readonly anyMessage = new Signal<this, unknown>(this);
  readonly statusChanged = new Signal<this, string>(this);

  ask(id: string, cellId: string, ...tags: string[]): void {
    const header = { msg_type: 'execute_request', msg_id: id };
    this.anyMessage.emit({
      direction: 'send',
      msg: { header, metadata: { cellId, tags }, content: {}, parent_header: {} }
    });
  }

  answer(id: string, msg_type: string, content: object = {}): void {
    const msg = { header: { msg_type }, parent_header: { msg_id: id }, metadata: {}, content };
    this.anyMessage.emit({ direction: 'recv', msg });
  }
}

function watched(): { kernel: FakeKernel; watch: TrainingWatch; cells: () => string[] } {
  const kernel = new FakeKernel();
  const live = new LiveCells();
  const watch = new TrainingWatch(
    kernel as unknown as Kernel.IKernelConnection,
    () => 'a.ipynb',
    live
  );
  return { kernel, watch, cells: () => live.of('a.ipynb').map(({ cell }) => cell) };
}

describe('TrainingWatch', () => {
  it('hears a train cell begin when its turn comes, and end', () => {
    const { kernel, cells } = watched();
    kernel.ask('1', 'fit', 'train');
    expect(cells()).toEqual([]);
    kernel.answer('1', 'execute_input');
    expect(cells()).toEqual(['fit']);
    kernel.answer('1', 'status', { execution_state: 'busy' });
    expect(cells()).toEqual(['fit']);
    kernel.answer('1', 'status', { execution_state: 'idle' });
    expect(cells()).toEqual([]);
  });

  it('passes over cells with other roles', () => {
    const { kernel, cells } = watched();
    kernel.ask('1', 'load', 'data');
    kernel.answer('1', 'execute_input');
    expect(cells()).toEqual([]);
  });

  it.each(['restarting', 'dead'])('forgets what a kernel was asked that is %s', status => {
    const { kernel, cells } = watched();
    kernel.ask('1', 'fit', 'model');
    kernel.answer('1', 'execute_input');
    kernel.statusChanged.emit(status);
    expect(cells()).toEqual([]);
  });
});
