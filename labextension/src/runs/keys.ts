/** What a key does in the list that no setting changes; the others are shortcuts of the schema. */
export type Key = 'open' | 'choose' | 'offer';

/** Keys that lists have everywhere. */
export function keyOf({ key, shiftKey }: KeyboardEvent): Key | null {
  switch (key) {
    case 'Enter':
      return 'open';
    case ' ':
      return 'choose';
    case 'ContextMenu':
      return 'offer';
    default:
      return key === 'F10' && shiftKey ? 'offer' : null;
  }
}

/** Where the keyboard stands among rows. */
export interface IPlace {
  readonly active: number;
  readonly last: number;
  readonly perPage: number;
}

/** The row that a key leads to; null if it leads nowhere. */
export function movedBy(key: string, { active, last, perPage }: IPlace): number | null {
  const to: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + perPage,
    PageUp: active - perPage,
    Home: 0,
    End: last
  };
  const target = to[key];
  return target === undefined ? null : Math.max(0, Math.min(last, target));
}
