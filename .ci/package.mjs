// Makes the VSIX of one platform in out/ and checks what is in it: node .ci/package.mjs [--target linux-x64]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const megabyte = 2 ** 20;
const sizeLimit = 60 * megabyte;
const modelsLimit = 24 * megabyte;

/**
 * What the two native packages call their binaries. Libraries for GPUs stay out: Headlight runs on the CPU. Where
 * onnxruntime has no native build, its WebAssembly build goes in.
 */
const platforms = {
  'linux-x64': { onnxruntime: 'libonnxruntime.so.1', tokenizers: 'linux-x64-gnu' },
  'linux-arm64': { onnxruntime: 'libonnxruntime.so.1', tokenizers: 'linux-arm64-gnu' },
  'win32-x64': { onnxruntime: 'onnxruntime.dll', tokenizers: 'win32-x64-msvc' },
  'win32-arm64': { onnxruntime: 'onnxruntime.dll', tokenizers: 'win32-arm64-msvc' },
  'darwin-arm64': { onnxruntime: 'libonnxruntime.1.dylib', tokenizers: 'darwin-arm64' },
  'darwin-x64': { onnxruntime: null, tokenizers: 'darwin-x64' },
  'alpine-x64': { onnxruntime: null, tokenizers: 'linux-x64-musl' },
  'alpine-arm64': { onnxruntime: null, tokenizers: 'linux-arm64-musl' },
};

const manifest = readJson('package.json');

/** Files that every package must hold, beside the binaries of its platform. */
const required = [
  ...filesNamedIn(manifest),
  'package.json',
  'package.nls.json',
  'package.nls.zh-cn.json',
  'readme.md',
  'changelog.md',
  'LICENSE.txt',
  'dist/ThirdPartyNotices.txt',
  'dist/engine.js',
  'dist/runs.js',
  'dist/sqlite.js',
  'media/l10n/bundle.l10n.zh-cn.json',
  ...readdirSync('media/models').flatMap((model) =>
    [
      ...['README.md', 'config.json', 'tokenizer.json', 'vocab.txt', 'logs/trainer_state.json'],
      ...readdirSync(`media/models/${model}`).filter((file) => file.endsWith('.onnx')),
    ].map((file) => `media/models/${model}/${file}`),
  ),
];

/** Files that a package may hold beside the required ones. */
const allowed = [
  /^dist\/(webview\/)?[\w-]+\.(js|css)$/,
  /^media\/models\/[\w-]+\/\w+\.json$/,
  /^media\/(models|runs)\/[\w-]+\/(logs\/)?(trainer_state\.json|runs\/[\w-]+\/events\.out\.tfevents\.[\w.]+)$/,
  /^media\/walkthrough\/[\w.-]+\.md$/,
  /^media\/sample\/[^/]+\.(md|txt)$/,
  /^node_modules\/onnxruntime-node\/(package\.json|dist\/\w+\.js)$/,
  /^node_modules\/onnxruntime-common\/(package\.json|dist\/cjs\/(package\.json|[\w-]+\.js))$/,
  /^node_modules\/tokenizers\/(package\.json|index\.js)$/,
];

/** Texts for packages that do not carry the licence that they name. */
const missingLicences = [
  [/^(onnxruntime-|@microsoft\/|@vscode\/l10n$)/, '.ci/licences/MIT-Microsoft.txt'],
  [/^tokenizers$/, '.ci/licences/Apache-2.0.txt'],
];

const { values } = parseArgs({ options: { target: { type: 'string' } } });
const target = values.target ?? `${process.platform}-${process.arch}`;
try {
  if (!(target in platforms)) {
    throw new Error(`No target ${target}; there are ${Object.keys(platforms).join(', ')}.`);
  }
  packageFor(target);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function packageFor(target) {
  const vsix = `out/${manifest.name}-${target}-${manifest.version}.vsix`;
  const binaries = binariesOf(target);
  writeFileSync('dist/ThirdPartyNotices.txt', thirdPartyNotices());
  makeVsix(vsix, target, binaries);
  const files = filesInZip(readFileSync(vsix));
  const problems = problemsOf(files, binaries);
  if (problems.length > 0) {
    rmSync(vsix);
    throw new Error([`${vsix} is not fit to ship:`, ...problems].join('\n  '));
  }
  report(vsix, files);
}

/** The entry points, icons and so on that a manifest refers to, wherever it does. */
function filesNamedIn(value) {
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(filesNamedIn);
  const file = /^(?:\.\/)?((?:dist|media)\/.+\.\w+)$/.exec(value);
  return file ? [file[1]] : [];
}

function binariesOf(target) {
  const { onnxruntime, tokenizers } = platforms[target];
  if (onnxruntime === null) {
    const wasm = ['ort.node.min.js', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];
    return [
      'node_modules/onnxruntime-web/package.json',
      ...wasm.map((file) => `node_modules/onnxruntime-web/dist/${file}`),
      `node_modules/tokenizers/tokenizers.${tokenizers}.node`,
    ];
  }
  const folder = `node_modules/onnxruntime-node/bin/napi-v6/${target.replace('-', '/')}`;
  return [
    `${folder}/onnxruntime_binding.node`,
    `${folder}/${onnxruntime}`,
    `node_modules/tokenizers/tokenizers.${tokenizers}.node`,
  ];
}

function makeVsix(vsix, target, binaries) {
  mkdirSync('out', { recursive: true });
  rmSync(vsix, { force: true });
  const ignoreFile = `out/${target}.vscodeignore`;
  const additions = binaries.map((file) => `!${file}\n`);
  writeFileSync(ignoreFile, [readFileSync('.vscodeignore', 'utf8'), ...additions].join(''));
  const vsce = fileURLToPath(import.meta.resolve('@vscode/vsce/vsce'));
  const args = [vsce, 'package', '--target', target, '--ignoreFile', ignoreFile, '--out', vsix];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const output = stdout + stderr;
  if (status !== 0 || /\bWARNING\b|::warning/.test(output)) {
    rmSync(vsix, { force: true });
    throw new Error(`${output}\nvsce failed or warned.`);
  }
}

function problemsOf(files, binaries) {
  const names = files.map(({ name }) => name);
  const wanted = [
    'extension.vsixmanifest',
    '[Content_Types].xml',
    ...[...required, ...binaries].map((file) => `extension/${file}`),
  ];
  const isAllowed = (name) =>
    wanted.includes(name) || allowed.some((pattern) => pattern.test(name.replace(/^extension\//, '')));
  const size = totalSize(files);
  const modelsSize = totalSize(files.filter(({ name }) => name.startsWith('extension/media/models/')));
  return [
    ...wanted.filter((name) => !names.includes(name)).map((name) => `missing: ${name}`),
    ...names.filter((name) => !isAllowed(name)).map((name) => `does not belong there: ${name}`),
    ...(modelsSize > modelsLimit
      ? [`too big models: ${inMegabytes(modelsSize)}, more than ${inMegabytes(modelsLimit)}`]
      : []),
    ...(size > sizeLimit ? [`too big: ${inMegabytes(size)}, more than ${inMegabytes(sizeLimit)}`] : []),
  ];
}

/** Names and compressed sizes, from the directory at the end of a zip file. */
function filesInZip(zip) {
  const end = zip.lastIndexOf('PK\x05\x06');
  const count = zip.readUInt16LE(end + 10);
  let entry = zip.readUInt32LE(end + 16);
  return Array.from({ length: count }, () => {
    const nameEnd = entry + 46 + zip.readUInt16LE(entry + 28);
    const name = zip.toString('utf8', entry + 46, nameEnd);
    const size = zip.readUInt32LE(entry + 20);
    entry = nameEnd + zip.readUInt16LE(entry + 30) + zip.readUInt16LE(entry + 32);
    return { name, size };
  });
}

function report(vsix, files) {
  console.log(`${vsix}: ${inMegabytes(totalSize(files))}, ${files.length} files. The biggest, compressed:`);
  const biggest = files.toSorted((a, b) => b.size - a.size).slice(0, 4);
  for (const { name, size } of biggest) console.log(`  ${inMegabytes(size).padStart(8)}  ${name}`);
}

function totalSize(files) {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function inMegabytes(bytes) {
  return `${(bytes / megabyte).toFixed(1)} MB`;
}

/** The licences of what others wrote: the packages that the bundles hold, by their source maps, and the native ones. */
function thirdPartyNotices() {
  const maps = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.map'),
  );
  if (maps.length === 0) throw new Error('dist/ is not built: run "npm run build" first.');
  const sources = maps.flatMap((file) => readJson(`dist/${file}`).sources);
  const bundled = sources.flatMap(
    (source) => /node_modules\/(.*\/node_modules\/)?(@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? [],
  );
  const native = ['onnxruntime-node', 'onnxruntime-web', 'onnxruntime-common', 'tokenizers'].map(
    (name) => `node_modules/${name}`,
  );
  return [...new Set([...native, ...bundled])].map(noticeOf).join(`\n${'-'.repeat(80)}\n\n`);
}

function noticeOf(folder) {
  const { name, version, license } = readJson(`${folder}/package.json`);
  const own = readdirSync(folder).filter((file) =>
    /^(licen[cs]e|notices?|thirdpartynotices)(\.txt|\.md)?$/i.test(file),
  );
  const texts = [
    ...missingLicences.filter(([pattern]) => pattern.test(name)).map(([, file]) => file),
    ...own.map((file) => `${folder}/${file}`),
  ];
  if (texts.length === 0) throw new Error(`${name} carries no licence: name one in .ci/package.mjs.`);
  return [`${name} ${version} (${license})\n`, ...texts.map((file) => readFileSync(file, 'utf8'))].join('\n');
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
