import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startLab } from './lab';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one JupyterLab of all journeys: its address, and the folder that all it has is in. */
    lab: { readonly url: string; readonly home: string };
    /** The folder in which the browser keeps what it has loaded. */
    profile: string;
  }
}

/** Starting a JupyterLab, and loading it for the first time, takes as long as a journey. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const profile = await mkdtemp(join(tmpdir(), 'cellmark-chromium-'));
  const { url, home, stop } = await startLab();
  provide('lab', { url, home });
  provide('profile', profile);
  return async () => {
    await stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
}
