/** That of package.json; a test holds it to it. */
export const VERSION = '0.1.0';

/** Whether the page and the server were built of different releases: `1.2.0` and `1.2.0.dev1` not. */
export function differ(page: string, server: string): boolean {
  return release(page) !== release(server);
}

function release(version: string): string {
  return /^\d+(\.\d+)*/.exec(version)?.[0] ?? version;
}
