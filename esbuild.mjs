// Bundles each runtime into dist/: node esbuild.mjs [--watch] [--tests]
import { rmSync } from 'node:fs';
import * as esbuild from 'esbuild';

const watch = process.argv.includes('--watch');
const tests = process.argv.includes('--tests');

const common = { bundle: true, sourcemap: true, logLevel: 'warning', legalComments: 'none' };
/** Native modules stay in node_modules; `vscode` is the host's own. */
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode', 'onnxruntime-*', 'tokenizers', './hub.js', './sqlite.js'],
  // Nearly as much code as ours: a file of its own, which only whoever adds a model from a hub loads.
  // So is SQLite, which only whoever opens a database of runs loads.
  alias: { '@huggingface/hub': './hub.js', 'sql.js': './sqlite.js' },
};
/** The hub's second way to move bytes, which Headlight does not use. */
const withoutXet = {
  name: 'without-xet',
  setup(build) {
    build.onResolve({ filter: /^@huggingface\/xetchunk-wasm$/ }, ({ path }) => ({
      path,
      namespace: 'empty',
    }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
  },
};
const hubLibrary = {
  ...node,
  plugins: [withoutXet],
  alias: {},
  stdin: {
    contents: `export { downloadFile, listFiles, modelInfo } from '@huggingface/hub'`,
    resolveDir: '.',
  },
  outfile: 'dist/hub.js',
};

/** With its WebAssembly inside. */
const sqliteLibrary = {
  ...node,
  alias: {},
  loader: { '.wasm': 'binary' },
  stdin: {
    contents: `const wasmBinary = require('sql.js/dist/sql-wasm.wasm');
      module.exports = () => require('sql.js')({ wasmBinary });`,
    resolveDir: '.',
  },
  outfile: 'dist/sqlite.js',
};

const product = [
  hubLibrary,
  sqliteLibrary,
  {
    ...node,
    entryPoints: { extension: 'src/extension.ts', engine: 'src/engine/main.ts', runs: 'src/runs/main.ts' },
    outdir: 'dist',
  },
  { ...node, entryPoints: { cli: 'src/cli.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  {
    ...common,
    platform: 'browser',
    target: 'chrome128',
    format: 'esm',
    splitting: true,
    minify: !watch,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryPoints: Object.fromEntries(
      [
        'tokens',
        'maskedWords',
        'score',
        'masking',
        'attention',
        'model',
        'forward',
        'sentences',
        'generation',
        'files',
        'compareModels',
        'runs',
      ].map((view) => [view, `webview/${view}/main.tsx`]),
    ),
    outdir: 'dist/webview',
  },
];
const testBundles = [
  {
    ...node,
    external: [...node.external, 'mocha'],
    entryPoints: {
      'workbench/index': 'test/workbench/suite/index.ts',
      'bench/host': 'test/bench/host/index.ts',
      'bench/session': 'test/bench/processes/session.ts',
      'bench/bytes': 'test/bench/processes/bytes.ts',
      'bench/facts': 'test/bench/processes/facts.ts',
      'bench/runs': 'test/bench/processes/runs.ts',
      'bench/files': 'test/bench/processes/files.ts',
      'soak/host': 'test/soak/host.ts',
    },
    outdir: 'out/test',
  },
];

const builds = tests ? testBundles : product;
if (watch) {
  for (const build of builds) await (await esbuild.context(build)).watch();
} else {
  if (!tests) rmSync('dist', { recursive: true, force: true });
  await Promise.all(builds.map((build) => esbuild.build(build)));
}
