import { describe, expect, it } from 'vitest';
import { RoleTagger } from '../src/tagger';
import { FakeSelection, notebookOf, tagsIn } from './fakes';

type Tags = string[] | undefined;

function taggerOf(...tags: Tags[]): { tagger: RoleTagger; selection: FakeSelection } {
  const selection = new FakeSelection(notebookOf(...tags));
  return { tagger: new RoleTagger(selection), selection };
}

describe('RoleTagger.toggle', () => {
  const cases: [string, Tags[], Tags[]][] = [
    ['gives the role', [undefined], [['train']]],
    ['gives it beside other tags', [['mine', 'data']], [['mine', 'data', 'train']]],
    ['takes it and leaves other tags', [['mine', 'train']], [['mine']]],
    ['leaves no empty list', [['train']], [undefined]],
    ['takes another spelling of it', [['model']], [undefined]],
    ['gives it to those that lack it', [['train'], undefined], [['train'], ['train']]],
    ['takes it from all that have it', [['train'], ['train', 'x']], [undefined, ['x']]]
  ];
  it.each(cases)('%s', (_, before, after) => {
    const { tagger, selection } = taggerOf(...before);
    tagger.toggle('train');
    expect(tagsIn(selection.notebook)).toEqual(after);
  });

  it('is one step of the undo history for all cells', () => {
    const { tagger, selection } = taggerOf(['mine'], undefined);
    tagger.toggle('train');
    selection.notebook.undo();
    expect(tagsIn(selection.notebook)).toEqual([['mine'], undefined]);
    selection.notebook.redo();
    expect(tagsIn(selection.notebook)).toEqual([['mine', 'train'], ['train']]);
  });

  it('announces that answers may be others', () => {
    const { tagger } = taggerOf(undefined);
    let heard = 0;
    tagger.changed.connect(() => heard++);
    tagger.toggle('data');
    expect(heard).toBe(1);
  });
});

describe('RoleTagger.has', () => {
  const cases: [Tags[], boolean][] = [
    [[], false],
    [[['train']], true],
    [[['model'], ['train']], true],
    [[['train'], undefined], false]
  ];
  it.each(cases)('%j -> %j', (tags, answer) => {
    expect(taggerOf(...tags).tagger.has('train')).toBe(answer);
  });
});

describe('RoleTagger.canToggle', () => {
  const cases: [string, Tags[], boolean][] = [
    ['not without cells', [], false],
    ['with cells', [undefined], true],
    ['not where papermill gave the role', [['injected-parameters']], false],
    ['where it did so for some', [['injected-parameters'], undefined], true]
  ];
  it.each(cases)('%s', (_, tags, answer) => {
    expect(taggerOf(...tags).tagger.canToggle('parameters')).toBe(answer);
  });

  it('passes on that the selection changed', () => {
    const { tagger, selection } = taggerOf();
    let heard = 0;
    tagger.changed.connect(() => heard++);
    selection.changed.emit();
    expect(heard).toBe(1);
  });
});
