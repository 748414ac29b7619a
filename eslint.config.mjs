import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The folders below src/ and beside it; who may import whom is the first rule of this house. */
const folders = ['protocol', 'core', 'client', 'engine', 'runs', 'host'];

/** Forbids `files` to import any of our folders but `allowed`, and any of the packages in `packages`. */
function wall(files, allowed, packages) {
  const closed = folders.filter((folder) => !allowed.includes(folder));
  return {
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...closed.map((folder) => ({
              regex: `^\\.{1,2}/(.*/)?${folder}/`,
              message: `${files[0]} may import only ${allowed.join(', ') || 'nothing of ours'}.`,
            })),
            ...packages.map(([name, message]) => ({ regex: `^${name}(/|$)`, message })),
          ],
        },
      ],
    },
  };
}

const vscode = ['vscode', 'Only src/host and src/extension.ts know the editor.'];
const onnxruntime = [
  'onnxruntime-(node|web|common)',
  'Only src/engine runs models: a run blocks or kills its process.',
];
const tokenizers = ['tokenizers', 'Only src/engine loads native code.'];
const node = ['node:.+', 'This code also runs in a browser.'];
const toolkit = ['@vscode/webview-ui-toolkit', 'Only webview/shared/ui knows the toolkit.'];
const hub = ['@huggingface/hub', 'Only src/client/hub asks a hub: its bundle is loaded when it is needed.'];
const natives = [onnxruntime, tokenizers];

export default defineConfig(
  { ignores: ['dist/', 'out/', 'node_modules/', '.vscode-test/', 'test-results/', 'training/'] },
  tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  wall(['src/protocol/**'], [], [vscode, ...natives, node, toolkit]),
  wall(['src/core/**'], ['protocol'], [vscode, ...natives, node, toolkit]),
  wall(
    ['src/client/*', 'src/cli.ts', 'src/cli/**'],
    ['protocol', 'core', 'client'],
    [vscode, ...natives, toolkit, hub],
  ),
  wall(['src/client/hub/**'], ['protocol', 'core', 'client'], [vscode, ...natives, toolkit]),
  wall(['src/engine/**'], ['protocol', 'core', 'engine'], [vscode, toolkit]),
  wall(['src/runs/**'], ['protocol', 'core', 'runs'], [vscode, ...natives, toolkit]),
  wall(
    ['src/host/**', 'src/extension.ts'],
    ['protocol', 'core', 'client', 'host'],
    [...natives, toolkit, hub],
  ),
  wall(['webview/**'], ['protocol', 'core'], [vscode, ...natives, node, toolkit]),
  wall(['webview/shared/ui/**'], ['protocol', 'core'], [vscode, ...natives, node]),
);
