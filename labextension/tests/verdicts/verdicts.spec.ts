import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { describe, expect, it } from 'vitest';
import type { RunsApi } from '../../src/runs/api';
import { setVerdicts, toldOf, verdictGutter, type VerdictWords } from '../../src/verdicts/gutter';
import { runTask } from '../../src/verdicts/task';
import { legend } from '../../src/verdicts/wording';
import { type IJudged, parseExplained } from '../../src/verdicts/verdict';
import { eventOf, problemOf, TASK } from '../tasks/fakes';

const WORDS: VerdictWords = {
  kept: 'Kept',
  frozen: 'Frozen',
  rewritten: 'Rewritten',
  dropped: 'Dropped',
  refused: 'Refused'
};

const EXPLAINED = {
  statements: [
    { cell: 1, line: 1, source: 'a', verdict: 'kept', reason: 'scoring needs it' },
    {
      cell: 1,
      line: 2,
      source: 'b',
      verdict: 'frozen',
      reason: 'the mean of the training rows',
      frozen: { x_mean: '0.5' }
    },
    { cell: 2, line: 1, source: 'c', verdict: 'refused', reason: 'ranks', fix: 'Leave it out.' }
  ],
  derivable: false,
  refused: [
    { cell: 2, line: 1, source: 'c', reason: 'ranks', fix: 'Leave it out.' },
    { cell: null, line: null, source: '', reason: 'two models', fix: 'Say which.' }
  ]
};

function marks(view: EditorView): (string | undefined)[] {
  const shown = view.dom.querySelectorAll<HTMLElement>('.cm-gutterElement .jp-Cellmark-verdict');
  // The first holds the place of a mark, so that the code does not move when marks come.
  return [...shown].slice(1).map(mark => mark.dataset['verdict']);
}

describe('parseExplained', () => {
  it('has each verdict, and what has no place', () => {
    const { judged, derivable, atLarge } = parseExplained(EXPLAINED);
    expect(judged.map(({ verdict }) => verdict)).toEqual(['kept', 'frozen', 'refused']);
    expect([derivable, atLarge]).toEqual([false, ['two models. Say which.']]);
  });
});

describe('toldOf', () => {
  it.each([
    [0, 'Kept: scoring needs it'],
    [1, 'Frozen: the mean of the training rows\nx_mean = 0.5'],
    [2, 'Refused: ranks\nLeave it out.']
  ])('statement %d', (at, words) => {
    expect(parseExplained(EXPLAINED).judged.map(each => toldOf(each, WORDS))[at]).toBe(words);
  });

  it('has no colon before nothing', () => {
    const [judged] = parseExplained(EXPLAINED).judged;
    expect(judged && toldOf({ ...judged, reason: '' }, WORDS)).toBe('Kept');
  });
});

describe('legend', () => {
  it('says which mark is what, and how often it stands there', () => {
    expect(legend(parseExplained(EXPLAINED).judged, WORDS)).toBe(
      '●\u00a0Kept\u00a01   ■\u00a0Frozen\u00a01   ◆\u00a0Refused\u00a01'
    );
  });
});

describe('the gutter', () => {
  it('marks lines until the code is changed', () => {
    const state = EditorState.create({ doc: 'a\nb', extensions: verdictGutter(WORDS) });
    const view = new EditorView({ state, parent: document.body });
    const { judged } = parseExplained(EXPLAINED);
    const own = judged.filter(({ cell }) => cell === 1);
    const beyond: IJudged = { cell: 1, line: 9, verdict: 'kept', reason: '', fix: '', frozen: {} };
    view.dispatch({ effects: setVerdicts.of([...own, beyond]) });
    expect(marks(view)).toEqual(['kept', 'frozen']);
    view.dispatch({ selection: { anchor: 1 } });
    expect(marks(view)).toEqual(['kept', 'frozen']);
    view.dispatch({ changes: { from: 0, insert: 'x' } });
    expect(marks(view)).toEqual([]);
    view.destroy();
  });
});

describe('runTask', () => {
  /** A server on which a task goes through these states once somebody listens. */
  function serverOf(...states: object[]): {
    api: Pick<RunsApi, 'request' | 'events'>;
    asked: string[];
  } {
    const asked: string[] = [];
    return {
      asked,
      api: {
        request: (method, path) => {
          asked.push(`${method} ${path}`);
          return Promise.resolve(TASK);
        },
        events: () => {
          const socket = { close: () => undefined } as unknown as WebSocket;
          setTimeout(() => {
            for (const state of [{ kind: 'runs' }, ...states]) {
              socket.onmessage?.(new MessageEvent('message', { data: JSON.stringify(state) }));
            }
          });
          return socket;
        }
      }
    };
  }

  const request = { kind: 'explain' } as const;

  it('tells the stages, can be cancelled, and gives the result', async () => {
    const { api, asked } = serverOf(
      eventOf({ stage: 'running it' }),
      eventOf({ id: 'other', state: 'done', result: 0 }),
      eventOf({ state: 'done', result: 7 })
    );
    const stages: string[] = [];
    const onStage = (stage: string, cancel: () => void): void => {
      stages.push(stage);
      if (stage !== '') {
        cancel();
      }
    };
    expect(await runTask({ api, notebook: 'a.ipynb', request, onStage })).toBe(7);
    expect(stages).toContain('running it');
    expect(asked).toEqual(['POST tasks', 'GET tasks/t', 'DELETE tasks/t']);
  });

  it('gives nothing when it was cancelled', async () => {
    const { api } = serverOf(eventOf({ state: 'cancelled' }));
    const onStage = (): void => undefined;
    expect(await runTask({ api, notebook: 'a.ipynb', request, onStage })).toBeNull();
  });

  it('throws what went wrong', async () => {
    const { api } = serverOf(
      eventOf({ state: 'failed', problem: { ...problemOf(), detail: 'cell 2, line 1: no.' } })
    );
    const onStage = (): void => undefined;
    const ended = runTask({ api, notebook: 'a.ipynb', request, onStage });
    await expect(ended).rejects.toThrow('cell 2, line 1: no.');
  });
});
