import { isCheckpoint } from '../../core/checkpoints';
import type { HubFile, HubListing } from './listing';

/** One export of a model among those that its repository holds. */
export interface HubVariant {
  /** The graph that is opened first, a path in the repository. */
  path: string;
  /** What its name says beside the usual one: `quantized`, `fp16`; empty for the plain export. */
  suffix: string;
  /** Its graphs with their weights, and the tokenizer and configuration that every variant needs. */
  files: HubFile[];
  /** Bytes of all of them. */
  bytes: number;
}

/** What Headlight reads beside a graph. */
const companions = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
]);

/** The parts that exporters split a model into. A decoder that reads the whole text needs neither of the last two. */
const parts = ['encoder_model', 'decoder_model', 'decoder_model_merged', 'decoder_with_past_model', 'model'];
const spare = ['decoder_model_merged', 'decoder_with_past_model'];

const graphName = new RegExp(
  `^((?:onnx/)?)(?:(${parts.toSorted((a, b) => b.length - a.length).join('|')})(?:[_-](.+))?|(.+))\\.onnx$`,
);

/**
 * The variants that a repository holds, the plain export first, then the smallest first. Graphs are looked for where
 * a model folder has them: at the top and in `onnx/`.
 */
export function variantsOf({ files }: Pick<HubListing, 'files'>): HubVariant[] {
  const groups = new Map<string, { part: string; suffix: string; file: HubFile }[]>();
  for (const file of files) {
    const [, folder, part = '', suffix, other] = graphName.exec(file.path) ?? [];
    if (folder === undefined || (other ?? '').includes('/') || (suffix ?? '').includes('/')) continue;
    const key = `${folder}${other ?? `*${suffix ?? ''}`}`;
    groups.set(key, [...(groups.get(key) ?? []), { part, suffix: suffix ?? other ?? '', file }]);
  }
  const common = files.filter(({ path }) => companions.has(path));
  const variants = [...groups.values()].map((group) => {
    const whole = group.some(({ part }) => part === 'decoder_model');
    const graphs = group
      .filter(({ part }) => !(whole && spare.includes(part)))
      .sort((a, b) => parts.indexOf(a.part) - parts.indexOf(b.part));
    // The small files first: what is wrong with them shows before the big ones come.
    const all = [...common, ...graphs.flatMap(({ file }) => [file, ...weightsOf(file, files)])];
    return {
      path: graphs[0]!.file.path,
      suffix: graphs[0]!.suffix,
      files: all,
      bytes: all.reduce((sum, { size }) => sum + size, 0),
    };
  });
  // The same export at the top and in `onnx/` is two: each has a folder of its own to go to.
  const named = new Set<string>();
  for (const variant of variants) {
    if (named.has(variant.suffix)) variant.suffix = ['onnx', variant.suffix].filter(Boolean).join('-');
    named.add(variant.suffix);
  }
  return variants.sort((a, b) => Number(b.suffix === '') - Number(a.suffix === '') || a.bytes - b.bytes);
}

/** Files that hold the weights of a graph, by the names that exporters give them. */
function weightsOf({ path }: HubFile, files: HubFile[]): HubFile[] {
  const stem = path.slice(0, -'.onnx'.length);
  return files.filter(
    (file) =>
      file.path === `${stem}.data` ||
      (file.path.startsWith(`${path}_data`) && /^(_\d+)?$/.test(file.path.slice(`${path}_data`.length))) ||
      file.path === `${path}.data`,
  );
}

/** Whether a repository holds weights of PyTorch or another framework, which can be exported. */
export function hasCheckpoint({ files }: Pick<HubListing, 'files'>): boolean {
  return files.some(({ path }) => isCheckpoint(path));
}
