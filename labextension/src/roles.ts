/** The roles that Cellmark reads off a cell, in the order in which a notebook usually has them. */
export const ROLES = ['parameters', 'data', 'preprocess', 'train', 'evaluate', 'skip'] as const;

export type Role = (typeof ROLES)[number];

/** Other tags that give a role: a second spelling of ours, and the one that papermill writes. */
const SYNONYM = { tag: 'model', role: 'train' } as const;
const INJECTED = { tag: 'injected-parameters', role: 'parameters' } as const;

export function isRole(word: unknown): word is Role {
  return (ROLES as readonly unknown[]).includes(word);
}

/** The tags in a cell's metadata value, which any tool may have written. */
export function parseTags(metadata: unknown): string[] {
  return Array.isArray(metadata) ? metadata.filter(tag => typeof tag === 'string') : [];
}

/** The roles among a cell's tags, in `ROLES` order; other people's tags are passed over. */
export function rolesOf(tags: readonly string[]): Role[] {
  return ROLES.filter(role => tags.some(tag => roleGivenBy(tag) === role));
}

/** Whether the role comes from papermill's own tag, which is not ours to take away. */
export function isInjected(tags: readonly string[], role: Role): boolean {
  return role === INJECTED.role && tags.includes(INJECTED.tag);
}

/** The tags with the role added at the end; the same tags if they give it already. */
export function withRole(tags: readonly string[], role: Role): string[] {
  return rolesOf(tags).includes(role) ? [...tags] : [...tags, role];
}

/** The tags without any spelling of the role that is ours. */
export function withoutRole(tags: readonly string[], role: Role): string[] {
  return tags.filter(tag => tag === INJECTED.tag || roleGivenBy(tag) !== role);
}

function roleGivenBy(tag: string): Role | null {
  if (isRole(tag)) {
    return tag;
  }
  const given = [SYNONYM, INJECTED].find(other => other.tag === tag);
  return given?.role ?? null;
}
