import { describe, expect, it } from 'vitest';
import { CellRoles } from '../src/cellroles';
import { cellOf } from './fakes';

function countChanges(roles: CellRoles): () => number {
  let heard = 0;
  roles.changed.connect(() => heard++);
  return () => heard;
}

describe('CellRoles', () => {
  it('reads the roles that a cell has', () => {
    const roles = new CellRoles(cellOf('mine', 'train'));
    expect(roles.roles).toEqual(['train']);
    roles.dispose();
  });

  it('hears tags that another tool sets', () => {
    const cell = cellOf();
    const roles = new CellRoles(cell);
    const heard = countChanges(roles);
    cell.setMetadata('tags', ['data']);
    expect(roles.roles).toEqual(['data']);
    cell.deleteMetadata('tags');
    expect(roles.roles).toEqual([]);
    expect(heard()).toBe(2);
  });

  it('keeps quiet about what is no role', () => {
    const cell = cellOf('train');
    const roles = new CellRoles(cell);
    const heard = countChanges(roles);
    cell.setMetadata('tags', ['mine', 'model']);
    cell.setMetadata('collapsed', true);
    expect(heard()).toBe(0);
  });

  it('lets go of the cell when disposed', () => {
    const cell = cellOf();
    const roles = new CellRoles(cell);
    roles.dispose();
    cell.setMetadata('tags', ['train']);
    expect(roles.isDisposed).toBe(true);
    expect(roles.roles).toEqual([]);
  });
});
