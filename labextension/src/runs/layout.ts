import type { IGroup } from './types';

/** What stands in a row of the list; a Run by its place among all that fit. */
export type Row =
  | { readonly kind: 'live'; readonly live: number }
  | { readonly kind: 'group'; readonly group: IGroup }
  | { readonly kind: 'run'; readonly at: number };

/** Which row is what, without a list of them all: there may be many thousands. */
export class Layout {
  constructor(
    private readonly live: number,
    private readonly total: number,
    groups: readonly IGroup[]
  ) {
    let row = live;
    let run = 0;
    for (const group of groups) {
      this.headings.push({ row, run, group });
      row += group.runs + 1;
      run += group.runs;
    }
  }

  get length(): number {
    return this.live + this.headings.length + this.total;
  }

  row(index: number): Row {
    if (index < this.live) {
      return { kind: 'live', live: index };
    }
    const heading = this.headingOf(index);
    if (!heading) {
      return { kind: 'run', at: index - this.live };
    }
    if (heading.row === index) {
      return { kind: 'group', group: heading.group };
    }
    return { kind: 'run', at: heading.run + index - heading.row - 1 };
  }

  /** The row of the Run at this place. */
  rowOfRun(at: number): number {
    const above = this.headings.filter(({ run }) => run <= at).length;
    return this.live + above + at;
  }

  /** The last heading at or above a row. */
  private headingOf(index: number): IHeading | undefined {
    let low = 0;
    let high = this.headings.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.headings[middle]?.row ?? 0) <= index) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return this.headings[low - 1];
  }

  private readonly headings: IHeading[] = [];
}

interface IHeading {
  readonly row: number;
  readonly run: number;
  readonly group: IGroup;
}
