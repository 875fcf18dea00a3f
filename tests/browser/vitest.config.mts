import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

export default defineConfig({
  root: import.meta.dirname,
  test: {
    // `make pictures` draws what the documents show of JupyterLab; no test does.
    include: [process.env['CELLMARK_PICTURES'] ? 'pictures.ts' : 'test_*.ts'],
    globalSetup: 'setup.ts',
    // Generous, for slow machines: every wait inside is for a condition, so a quick one is quick.
    testTimeout: 3 * MINUTE,
    hookTimeout: 3 * MINUTE,
    expect: { poll: { timeout: MINUTE } },
    // A browser on a machine shared with others now and then loses a key; a fault of ours comes twice.
    retry: process.env['CI'] ? 1 : 0,
    fileParallelism: false
  }
});
