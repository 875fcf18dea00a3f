import { dirname } from 'node:path';
import jupyter from '@jupyter/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['labextension/lib/**'] },
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        tsconfigRootDir: dirname(import.meta.dirname),
        project: ['labextension/tests/tsconfig.json', 'tests/browser/tsconfig.json']
      }
    },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // Lumino's connect(slot, this) takes methods unbound; jupyter/require-signal-this-arg guards them.
      '@typescript-eslint/unbound-method': 'off',
      // Lumino's signals without arguments are ISignal<T, void>.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', 40]
    }
  },
  { plugins: { jupyter } },
  jupyter.configs.recommended,
  {
    // The function passed to describe() holds all of its cases.
    files: ['**/tests/**/*.ts'],
    rules: { 'max-lines-per-function': 'off' }
  }
);
