import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInjected, parseTags, ROLES, rolesOf, withoutRole, withRole } from '../src/roles';

const TAGS_PY = join(import.meta.dirname, '../../src/cellmark/core/tags.py');

describe('ROLES', () => {
  it('are the ones that the Python side knows, in its order', () => {
    const [, tuple] = /^ROLES = \(([^)]*)\)/m.exec(readFileSync(TAGS_PY, 'utf8')) ?? [];
    expect(tuple?.match(/\w+/g)).toEqual(ROLES);
  });
});

describe('parseTags', () => {
  it.each([
    ['no tags', undefined, []],
    ['tags', ['train', 'mine'], ['train', 'mine']],
    ['no list', 'train', []],
    ['a list with other things in it', ['train', 3, null], ['train']]
  ])('%s', (_, metadata, tags) => {
    expect(parseTags(metadata)).toEqual(tags);
  });
});

describe('rolesOf', () => {
  it.each([
    [[], []],
    [['train'], ['train']],
    [
      ['evaluate', 'data'],
      ['data', 'evaluate']
    ],
    [['model'], ['train']],
    [['model', 'train'], ['train']],
    [['injected-parameters'], ['parameters']],
    [['hide-input', 'Train', 'training'], []]
  ])('%j -> %j', (tags, roles) => {
    expect(rolesOf(tags)).toEqual(roles);
  });
});

describe('withRole', () => {
  it.each([
    ['keeps other tags and their order', ['zebra', 'apple'], ['zebra', 'apple', 'train']],
    ['adds nothing twice', ['train', 'apple'], ['train', 'apple']],
    ['is content with another spelling', ['model'], ['model']]
  ])('%s', (_, before, after) => {
    expect(withRole(before, 'train')).toEqual(after);
  });
});

describe('withoutRole', () => {
  it.each([
    ['keeps other tags and their order', ['zebra', 'train', 'apple'], ['zebra', 'apple']],
    ['keeps other roles', ['train', 'evaluate'], ['evaluate']],
    ['takes every spelling', ['model', 'train'], []],
    ['takes nothing else', ['trains'], ['trains']]
  ])('%s', (_, before, after) => {
    expect(withoutRole(before, 'train')).toEqual(after);
  });

  it("leaves papermill's own tag alone", () => {
    const tags = ['injected-parameters', 'parameters'];
    expect(withoutRole(tags, 'parameters')).toEqual(['injected-parameters']);
  });
});

describe('isInjected', () => {
  it('holds for the role that papermill gave, and for no other', () => {
    expect(isInjected(['injected-parameters'], 'parameters')).toBe(true);
    expect(isInjected(['injected-parameters'], 'train')).toBe(false);
    expect(isInjected(['parameters'], 'parameters')).toBe(false);
  });
});
