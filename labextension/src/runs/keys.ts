/** What can be done with the row that the keyboard or the mouse is at. */
export type Act = 'open' | 'choose' | 'star' | 'delete' | 'note' | 'offer';

export const KEYS: Readonly<Record<string, Act>> = {
  Enter: 'open',
  ' ': 'choose',
  s: 'star',
  n: 'note',
  Delete: 'delete',
  ContextMenu: 'offer',
  F10: 'offer'
};
