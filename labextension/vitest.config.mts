import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['tests/**/*.spec.ts'],
    environment: 'jsdom',
    setupFiles: ['tests/setup.ts'],
    // The shared models themselves read cells that are not yet in a document, and Yjs complains.
    onConsoleLog: log => !log.includes('Invalid access: Add Yjs type'),
    // JupyterLab's packages are ES modules that don't say so, so Node can't load them by itself.
    server: { deps: { inline: [/@jupyter/, /@lumino/] } }
  }
});
