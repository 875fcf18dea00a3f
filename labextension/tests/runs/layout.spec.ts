import { describe, expect, it } from 'vitest';
import { Layout } from '../../src/runs/layout';

function shown(layout: Layout): string[] {
  return Array.from({ length: layout.length }, (_, i) => {
    const row = layout.row(i);
    switch (row.kind) {
      case 'live':
        return `live ${row.live}`;
      case 'group':
        return `= ${JSON.stringify(row.group.value)}`;
      case 'run':
        return String(row.at);
    }
  });
}

describe('Layout', () => {
  it.each([
    ['nothing', new Layout(0, 0, []), []],
    ['runs', new Layout(0, 3, []), ['0', '1', '2']],
    ['a live cell above them', new Layout(1, 2, []), ['live 0', '0', '1']],
    [
      'headings above each group',
      new Layout(0, 3, [
        { value: 9, runs: 2 },
        { value: null, runs: 1 }
      ]),
      ['= 9', '0', '1', '= null', '2']
    ],
    [
      'both',
      new Layout(1, 2, [
        { value: 'a', runs: 1 },
        { value: 'b', runs: 1 }
      ]),
      ['live 0', '= "a"', '0', '= "b"', '1']
    ]
  ])('has rows for %s', (_, layout, rows) => {
    expect(shown(layout)).toEqual(rows);
  });
});
