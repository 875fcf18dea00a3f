import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';
import { parseReproduced } from '../../src/rerun/reproduced';
import { RerunView, verdictOf } from '../../src/rerun/rerunview';
import { TaskModel } from '../../src/tasks/model';
import { eventOf, FakeServer, problemOf } from '../tasks/fakes';

const trans = nullTranslator.load('cellmark');

const SAME = {
  reproduced: true,
  exact: true,
  tolerance: 1e-9,
  run: '01ABCDEFRUN001',
  rerun: '01ABCDEFRUN002',
  causes: [] as object[],
  differences: [] as object[],
  metrics: [{ name: 'auc', before: 0.5, after: 0.5 }]
};

const difference = { cell: 4, before: '0.81', after: '0.79', severity: 'real', cause: 'chance' };
const OTHER = {
  ...SAME,
  reproduced: false,
  exact: false,
  causes: [
    {
      kind: 'chance',
      summary: 'reruns differ',
      evidence: 'two reruns gave two values',
      fix: 'Seed it.',
      cell: 3,
      line: 2,
      source: 'random.random()'
    }
  ],
  differences: [
    { ...difference, what: 'metric auc' },
    { ...difference, what: 'time', severity: 'cosmetic' }
  ]
};

function viewOf(event: object): { view: RerunView; pressed: string[] } {
  const server = new FakeServer();
  const pressed: string[] = [];
  const view = new RerunView({
    task: new TaskModel(server, 'a.ipynb', 't'),
    trans,
    actions: {
      jump: (cell, line) => void pressed.push(`jump ${cell}:${line}`),
      openReport: run => void pressed.push(`report ${run.slice(-3)}`),
      openRun: run => void pressed.push(`run ${run.slice(-3)}`),
      compare: runs => void pressed.push(`compare ${runs.length}`),
      withOwnPackages: run => void pressed.push(`locked ${run.slice(-3)}`)
    }
  });
  Widget.attach(view, document.body);
  server.push(event);
  for (const button of view.node.querySelectorAll('button')) {
    button.click();
  }
  return { view, pressed };
}

afterEach(() => {
  document.body.replaceChildren();
});

describe('RerunView', () => {
  it('says that it came out the same', () => {
    const { view, pressed } = viewOf(eventOf({ state: 'done', ended: 101, result: SAME }));
    expect(view.node.querySelector('h1.jp-Cellmark-ok')?.textContent).toContain('Reproduced');
    expect(pressed).toEqual(['report 001', 'run 002', 'compare 2']);
    view.dispose();
  });

  it('says what differs, why, and where', () => {
    const { view, pressed } = viewOf(eventOf({ state: 'done', ended: 101, result: OTHER }));
    const text = view.node.textContent;
    for (const words of [
      'Not reproduced: run EFRUN001, 1 difference',
      'chance: reruns differ',
      'two reruns gave two values',
      'metric auc',
      '1 more is cosmetic'
    ]) {
      expect(text).toContain(words);
    }
    expect(pressed).toEqual(['report 001', 'run 002', 'compare 2', 'locked 001', 'jump 3:2']);
    view.dispose();
  });

  it('says why it could not be run', () => {
    const problem = problemOf({ cell: 2, line: 1, reason: 'no file' });
    const { view, pressed } = viewOf(eventOf({ state: 'failed', ended: 101, problem }));
    expect(view.node.textContent).toContain('No file');
    expect(pressed).toEqual(['jump 2:1']);
    view.dispose();
  });
});

describe('verdictOf', () => {
  it.each([
    [{}, 'Reproduced: run EFRUN001, equal to the last bit'],
    [{ exact: false }, 'Reproduced: run EFRUN001, within 1.00e-9'],
    [OTHER, 'Not reproduced: run EFRUN001, 1 difference']
  ])('%j', (more, words) => {
    expect(verdictOf(parseReproduced({ ...SAME, ...more }), trans)).toBe(words);
  });
});
