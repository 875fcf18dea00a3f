import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';
import { toldOf } from '../../src/registry/commands';
import { RegistryModel } from '../../src/registry/model';
import { parseHistory } from '../../src/registry/parse';
import { RegistrySection } from '../../src/registry/section';

const trans = nullTranslator.load('cellmark');

function versionOf(version: number, ...aliases: string[]): object {
  const registered = '2026-11-25T13:44:26.207Z';
  return { version, registered, by: 'ann', digest: 'abc', run: '', path: '', aliases };
}

const MODELS = {
  models: [
    { model: 'churn', aliases: {}, versions: [versionOf(2), versionOf(1, 'champion', 'stable')] }
  ]
};

/** The section, over a server that gives these answers in turn, and what was pressed in it. */
async function sectionOver(
  ...answers: unknown[]
): Promise<{ section: RegistrySection; model: RegistryModel; pressed: string[] }> {
  const model = new RegistryModel({ request: () => Promise.resolve(answers.shift()) });
  const pressed: string[] = [];
  const actions = {
    package: () => void pressed.push('package'),
    open: (of: { model: string }, { version }: { version: number }) =>
      void pressed.push(`open ${of.model}@${version}`),
    promote: (of: { model: string }, { version }: { version: number }) =>
      void pressed.push(`promote ${of.model}@${version}`),
    history: (of: { model: string }) => void pressed.push(`history ${of.model}`)
  };
  const section = new RegistrySection({ model, actions, trans });
  Widget.attach(section, document.body);
  await model.show('a.ipynb');
  return { section, model, pressed };
}

function labels(section: RegistrySection): (string | null)[] {
  return [...section.node.querySelectorAll('button')].map(each => each.getAttribute('aria-label'));
}

describe('RegistrySection', () => {
  afterEach(() => {
    document.body.replaceChildren();
  });

  it('shows the versions, their aliases, and how many models there are', async () => {
    const { section } = await sectionOver(MODELS);
    expect(section.node.querySelector('summary')?.textContent).toBe('Models (1)');
    const rows = [...section.node.querySelectorAll('li')];
    const aliases = rows.map(row =>
      [...row.querySelectorAll('.jp-Cellmark-alias')].map(each => each.textContent)
    );
    expect(aliases).toEqual([[], ['champion', 'stable']]);
  });

  it('names each button by what it acts on, and acts on that', async () => {
    const { section, pressed } = await sectionOver(MODELS);
    expect(labels(section)).toEqual([
      'History of churn',
      'Model card of churn@2',
      'Promote churn@2',
      'Model card of churn@1',
      'Promote churn@1',
      'Package this notebook'
    ]);
    for (const button of section.node.querySelectorAll('button')) {
      button.click();
    }
    expect(pressed).toEqual([
      'history churn',
      'open churn@2',
      'promote churn@2',
      'open churn@1',
      'promote churn@1',
      'package'
    ]);
  });

  it('says what to do while there is no model', async () => {
    const { section } = await sectionOver({ models: [] });
    expect(section.node.textContent).toContain('No model is registered');
    expect(labels(section)).toEqual(['Package this notebook']);
  });

  it('says what is wrong with an answer', async () => {
    const { section } = await sectionOver({ models: 3 });
    expect(section.node.textContent).toContain('expected a list');
  });

  it('keeps the focus where it was when it is drawn anew', async () => {
    const { section, model } = await sectionOver(MODELS, MODELS);
    section.node.setAttribute('open', '');
    section.node.querySelector<HTMLElement>('[aria-label="Promote churn@1"]')?.focus();
    await model.refresh();
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Promote churn@1');
  });

  it('is away while no notebook is in front', async () => {
    const { section, model } = await sectionOver(MODELS);
    await model.show(null);
    expect(section.isHidden).toBe(true);
  });
});

describe('an event of the history', () => {
  const about = { at: '2026-11-25T13:44:26.207Z', who: 'ann', version: 2 };

  it.each([
    [{ alias: null, before: null }, 'ann: registered churn@2'],
    [{ alias: 'champion', before: null }, 'ann: champion points to churn@2'],
    [{ alias: 'champion', before: 1 }, 'ann: champion points to churn@2, before to @1'],
    [{ alias: 'champion', before: 1, reason: 'better' }, 'before to @1 (better)']
  ])('%j', (more, words) => {
    const { events } = parseHistory({ events: [{ ...about, ...more }], faults: [] });
    expect(events.map(event => toldOf(event, 'churn', trans))).toEqual([
      expect.stringContaining(words)
    ]);
  });
});
