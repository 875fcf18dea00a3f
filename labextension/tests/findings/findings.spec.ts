import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { INotebookContent } from '@jupyterlab/nbformat';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';
import { parseChecked } from '../../src/findings/finding';
import { FindingsModel } from '../../src/findings/model';
import { withoutPages } from '../../src/findings/ruleview';
import { FindingsSection } from '../../src/findings/section';
import { silence, unsilence } from '../../src/findings/silence';
import { slim } from '../../src/findings/slim';
import { findingMarks, setFindings } from '../../src/findings/underline';
import { cellOf } from '../fakes';

const trans = nullTranslator.load('cellmark');

function findingOf(more: object = {}): object {
  return {
    rule: 'CM303',
    name: 'unseeded-generator',
    severity: 'warning',
    file: 'a.ipynb',
    cell: 2,
    cell_id: null,
    line: 1,
    column: 5,
    end_line: 1,
    end_column: 13,
    source: '',
    message: '`rng` draws without a seed',
    fix: 'Seed it.',
    ...more
  };
}

const CHECKED = { findings: [findingOf(), findingOf({ severity: 'error', cell: 3 })], remark: '' };

function sectionOver(...answers: unknown[]): {
  section: FindingsSection;
  model: FindingsModel;
  pressed: string[];
  sent: unknown[];
} {
  const sent: unknown[] = [];
  const model = new FindingsModel({
    request: (...asked) => {
      sent.push(asked);
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    }
  });
  const pressed: string[] = [];
  const actions = {
    jump: ({ cell, line }: { cell: number; line: number }) =>
      void pressed.push(`jump ${cell}:${line}`),
    explain: (rule: string) => void pressed.push(`explain ${rule}`),
    silence: ({ rule, cell }: { rule: string; cell: number }) =>
      void pressed.push(`silence ${rule} ${cell}`)
  };
  const section = new FindingsSection({ model, actions, trans });
  Widget.attach(section, document.body);
  return { section, model, pressed, sent };
}

const OPEN = { path: 'a.ipynb', content: (): unknown => ({ cells: [] }) };

afterEach(() => {
  document.body.replaceChildren();
});

describe('FindingsSection', () => {
  it('lists what was found in the notebook as it is on the page', async () => {
    const { section, model, pressed, sent } = sectionOver(CHECKED);
    expect(section.isHidden).toBe(true);
    await model.show(OPEN);
    expect(sent).toEqual([['POST', 'check', 'a.ipynb', [], { content: { cells: [] } }]]);
    expect(section.node.querySelector('summary')?.textContent).toBe('Findings (2)');
    expect(section.node.textContent).toContain('CM303 unseeded-generator');
    expect(section.node.querySelector('code')?.textContent).toBe('rng');
    for (const button of [...section.node.querySelectorAll('button')].slice(0, 3)) {
      button.click();
    }
    expect(pressed).toEqual(['jump 2:1', 'explain CM303', 'silence CM303 2']);
  });

  it('keeps the keyboard in the list when a finding goes, and when all do', async () => {
    const found = { findings: [findingOf({ cell: 3 })], remark: '' };
    const { section, model } = sectionOver(CHECKED, found, { findings: [], remark: '' });
    await model.show(OPEN);
    section.node.querySelector('button')?.focus();
    await model.refresh();
    expect(document.activeElement?.textContent).toBe('Cell 3, line 1');
    await model.refresh();
    expect(document.activeElement?.textContent).toBe('Findings (0)');
  });

  it('says that nothing was found, and what was not looked at', async () => {
    const { section, model } = sectionOver({ findings: [], remark: 'a notebook in R' });
    await model.show(OPEN);
    expect(section.node.textContent).toContain('Nothing was found');
    expect(section.node.textContent).toContain('a notebook in R');
  });

  it('says what is wrong with an answer', async () => {
    const { section, model } = sectionOver(new Error('no server'));
    await model.show(OPEN);
    expect(section.node.textContent).toContain('no server');
  });

  it('unfolds when it is asked for', async () => {
    const { section, model } = sectionOver(CHECKED);
    await model.show(OPEN);
    model.ask();
    expect(section.node.hasAttribute('open')).toBe(true);
  });
});

describe('FindingsModel', () => {
  it('leaves an answer about what was typed over since', async () => {
    const { model } = sectionOver(CHECKED, { findings: [], remark: '' });
    await Promise.all([model.show(OPEN), model.refresh()]);
    expect(model.state).toEqual({ kind: 'ready', checked: { findings: [], remark: '' } });
  });
});

describe('underlines', () => {
  function marked(view: EditorView): string[] {
    return [...view.dom.querySelectorAll('.jp-Cellmark-finding')].map(each => each.textContent);
  }

  it('stand where the finding is, and move with the code', () => {
    const extensions = findingMarks(() => document.createElement('p'));
    const state = EditorState.create({ doc: '😀x = random()\n', extensions });
    const view = new EditorView({ state, parent: document.body });
    const { findings } = parseChecked({
      findings: [
        // Python counts the emoji as one character, the editor as two.
        findingOf({ column: 6, end_column: 14 }),
        findingOf({ line: 9, end_line: 9 }),
        findingOf({ column: 5, end_column: 5 })
      ],
      remark: ''
    });
    view.dispatch({ effects: setFindings.of(findings) });
    expect(marked(view)).toEqual(['random()']);
    view.dispatch({ changes: { from: 0, insert: '# more\n' } });
    expect(marked(view)).toEqual(['random()']);
    view.dispatch({ effects: setFindings.of([]) });
    expect(marked(view)).toEqual([]);
    view.destroy();
  });
});

describe('silence', () => {
  it('tags the cell once, beside its other tags, and is taken back', () => {
    const cell = cellOf('train');
    expect([silence(cell, 'CM303'), silence(cell, 'CM303')]).toEqual([true, false]);
    expect(cell.getMetadata('tags')).toEqual(['train', 'cellmark-ignore-CM303']);
    unsilence(cell, 'CM303');
    expect(cell.getMetadata('tags')).toEqual(['train']);
  });
});

describe('slim', () => {
  it('sends no outputs but the names of errors, and no text', () => {
    const error = { output_type: 'error', ename: 'KeyError', evalue: 'rows', traceback: ['x'] };
    const stream = { output_type: 'stream', name: 'stdout', text: 'rows of data' };
    const code = { cell_type: 'code', source: 'x', metadata: {}, execution_count: 3 };
    const content = {
      cells: [
        { ...code, outputs: [stream, error] },
        { cell_type: 'markdown', source: 'words', metadata: {} }
      ],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5
    } as INotebookContent;
    const sent = JSON.stringify(slim(content));
    expect(sent).toContain('KeyError');
    expect(sent).not.toContain('rows');
    expect(sent).not.toContain('words');
  });
});

describe('a rule’s page', () => {
  it('keeps the words of links to other pages', () => {
    const page = 'a [role](tags.md), [PEP 8](https://peps.python.org/pep-0008/)';
    expect(withoutPages(page)).toBe('a role, [PEP 8](https://peps.python.org/pep-0008/)');
  });
});
