import type { ISharedCell } from '@jupyter/ydoc';
import { parseTags } from '../roles';

const TAG = 'cellmark-ignore-';

/** Tag the cell so that the rule says nothing of it; false if it is tagged so already. */
export function silence(cell: ISharedCell, rule: string): boolean {
  const tags = parseTags(cell.getMetadata('tags'));
  const tag = `${TAG}${rule}`;
  if (tags.includes(tag)) {
    return false;
  }
  cell.setMetadata('tags', [...tags, tag]);
  return true;
}

/** Take the tag away again. */
export function unsilence(cell: ISharedCell, rule: string): void {
  const tags = parseTags(cell.getMetadata('tags'));
  cell.setMetadata(
    'tags',
    tags.filter(tag => tag !== `${TAG}${rule}`)
  );
}
