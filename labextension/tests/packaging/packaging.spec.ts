import { RenderMimeRegistry } from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';
import { parseBundle } from '../../src/packaging/bundle';
import { provenOn } from '../../src/packaging/bundleview';
import { PackageForm } from '../../src/packaging/form';
import { PackageView } from '../../src/packaging/packageview';
import { isModelName, nameFor, requestOf } from '../../src/packaging/wish';
import { TaskModel } from '../../src/tasks/model';
import { eventOf, FakeServer, problemOf, stageOf } from '../tasks/fakes';

const trans = nullTranslator.load('cellmark');

const BUNDLE = {
  name: 'churn',
  version: 3,
  digest: 'abcdef0123456789abcdef',
  proof: {
    rows: 7043,
    checks: [{ name: 'permutation', rows: 7043, max_abs_difference: 0 }],
    max_abs_difference: 0,
    unproven: ['the rows of `test`']
  },
  policies: [
    { name: 'extra_column', value: 'ignore', said: 'a column is passed over', usual: true },
    { name: 'filtered_row', value: 'score', said: 'a row is scored', usual: false }
  ],
  joblib: { tree: 'has a type of its own' },
  card: ''
};

const PACKAGED = {
  bundle: 'churn-3',
  statements: { kept: 5, frozen: 2 },
  hidden_state: [{ cell: 4, saved: '0.8', now: '0.7', why: 'run out of order' }],
  changes: { since: 2, code: [1], constants: [], parameters: [], packages: [1, 2], data: [] }
};

/** The view of a task that tells these events, and what was pressed in it. */
function viewOf(...events: object[]): {
  view: PackageView;
  pressed: string[];
  server: FakeServer;
} {
  const server = new FakeServer();
  const pressed: string[] = [];
  const view = new PackageView({
    task: new TaskModel(server, 'a.ipynb', 't'),
    trans,
    rendermime: new RenderMimeRegistry(),
    actions: {
      register: folder => {
        pressed.push(`register ${folder}`);
        return Promise.resolve(true);
      },
      again: () => void pressed.push('again'),
      openFolder: folder => void pressed.push(`open ${folder}`),
      jump: (cell, line) => void pressed.push(`jump ${cell}:${line}`),
      choose: (what, name) => void pressed.push(`choose ${what} ${name}`),
      mark: refused => void pressed.push(`mark ${refused.length}`)
    },
    askBundle: () => Promise.resolve(parseBundle(BUNDLE))
  });
  Widget.attach(view, document.body);
  server.push(...events);
  return { view, pressed, server };
}

function press(view: Widget): void {
  for (const button of view.node.querySelectorAll('button')) {
    button.click();
  }
}

afterEach(() => {
  document.body.replaceChildren();
});

describe('PackageView', () => {
  it('shows the stages and a way to stop while it goes on', () => {
    const { view } = viewOf(eventOf({ stages: [stageOf('running it', 100)] }));
    expect(view.node.querySelector('h1')?.textContent).toBe('Packaging churn');
    expect(view.node.querySelector('button')?.textContent).toBe('Cancel');
    expect(view.node.textContent).toContain('running it');
    view.dispose();
  });

  it('leads to what is refused, and offers what may be chosen', () => {
    const problem = problemOf(
      { cell: 3, line: 2, source: 'x.rank()', reason: 'depends on all rows', fix: 'Leave it.' },
      { reason: '2 models answer', choose: { model: ['a', 'b'] } }
    );
    const { view, pressed } = viewOf(eventOf({ state: 'failed', ended: 101, problem }));
    expect(view.node.querySelector('h1')?.textContent).toBe('churn can’t be packaged yet');
    expect(view.node.textContent).toContain('Depends on all rows');
    press(view);
    expect(pressed).toEqual(['mark 2', 'again', 'jump 3:2', 'choose model a', 'choose model b']);
    view.dispose();
  });

  it('keeps the keyboard when the button that cancels goes', () => {
    const { view, server } = viewOf(eventOf({}));
    const [cancel] = view.node.querySelectorAll('button');
    cancel?.focus();
    server.push(eventOf({ state: 'failed', ended: 101, problem: problemOf({}) }));
    expect(cancel?.isConnected).toBe(false);
    expect(document.activeElement).toBe(view.node);
  });

  it('says that nothing was written when it was cancelled, and packages again', () => {
    const { view, pressed } = viewOf(eventOf({ state: 'cancelled', ended: 101 }));
    expect(view.node.textContent).toContain('Nothing was written');
    press(view);
    expect(pressed).toEqual(['again']);
    view.dispose();
  });

  it('shows the bundle with its proof, policies and changes', async () => {
    const { view, pressed } = viewOf(eventOf({ state: 'done', ended: 101, result: PACKAGED }));
    await Promise.resolve();
    await Promise.resolve();
    const text = view.node.textContent;
    for (const words of [
      'churn@3',
      'to the last bit, on 7,043 rows',
      'Not proven: the rows of `test`',
      'tree is kept by joblib',
      'A row is scored (chosen)',
      'A column is passed over',
      '5 kept, 2 frozen',
      'Changed since version 2: 1 in code, 2 in packages',
      'Cell 4 showed “0.8”'
    ]) {
      expect(text).toContain(words);
    }
    for (const name of ['Register', 'Open Folder']) {
      [...view.node.querySelectorAll('button')].find(each => each.textContent === name)?.click();
    }
    expect(pressed).toEqual(['register churn-3', 'open churn-3']);
    await expect.poll(() => view.node.textContent).toContain('Registered');
    view.dispose();
  });
});

describe('provenOn', () => {
  it('claims no proof on no rows', () => {
    const bundle = parseBundle({ ...BUNDLE, proof: { ...BUNDLE.proof, rows: 0, checks: [] } });
    expect(provenOn(bundle, trans)).toMatch(/^Not proven/);
  });
});

describe('PackageForm', () => {
  const formOf = (more: object = {}): PackageForm =>
    new PackageForm({ name: 'churn', choosable: {}, chosen: {}, policies: {}, trans, ...more });

  it('asks for the name alone where nothing else is open', () => {
    const form = formOf();
    expect(form.getValue()).toEqual({ name: 'churn', choices: {}, policies: {} });
    expect(requestOf(form.getValue())).toEqual({ kind: 'package', name: 'churn', policies: {} });
  });

  it('asks which of several models is meant', () => {
    const form = formOf({ choosable: { model: ['a', 'b'] }, chosen: { model: 'a' } });
    expect(requestOf(form.getValue())).toMatchObject({ model: 'a' });
  });

  it('sends the policies that are not as the notebook has them', () => {
    const form = formOf({ policies: { filtered_row: 'score' } });
    const selects = [...form.node.querySelectorAll('select')];
    expect(selects.map(({ value }) => value)).toEqual(['reject', 'score', 'reject', 'ignore']);
    for (const select of selects) {
      select.value = select.options[1]?.value ?? '';
    }
    expect(form.getValue().policies).toEqual({
      unseen_category: 'other',
      unexpected_missing: 'score',
      extra_column: 'reject'
    });
  });

  it('says what a name may be', () => {
    const form = formOf();
    const input = form.node.querySelector('input');
    if (input) {
      input.value = 'Not Good';
      input.dispatchEvent(new Event('input'));
    }
    expect(form.node.querySelector('[role="alert"]')?.textContent).toContain('Small letters');
  });
});

describe('a name', () => {
  it.each([
    ['work/Churn of 2024.ipynb', 'churn-of-2024'],
    ['ärger.ipynb', 'rger'],
    ['--.ipynb', 'model']
  ])('of %s is %s', (path, name) => {
    expect(nameFor(path)).toBe(name);
    expect(isModelName(name)).toBe(true);
  });
});
