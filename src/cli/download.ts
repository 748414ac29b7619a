import path from 'node:path';
import { HeadlightError } from '../core/errors';

export interface DownloadArguments {
  /** `org/name`, or `org/name@revision`. */
  name: string;
  /** The graph to download, as the list names it; nothing is downloaded without one. */
  variant: string | undefined;
  /** Where the model's folder is to be made. */
  into: string;
}

/**
 * Lists what a repository of a hub holds, or downloads one of its variants. The hub is that of `HF_ENDPOINT`, the
 * token that of `HF_TOKEN`, as the hub's own tools read them.
 * @param tell hears how far a download is.
 */
export async function downloadModel(
  { name, variant: wanted, into }: DownloadArguments,
  tell: (line: string) => void,
): Promise<{ json: object; text: string }> {
  const { download, folderOf, listRepository, parseEndpoint, parseRepository, publicHub, variantsOf } =
    await import('../client/hub');
  const { HF_ENDPOINT, HF_TOKEN } = process.env;
  const hub = { endpoint: parseEndpoint(HF_ENDPOINT || publicHub), token: HF_TOKEN };
  const run = new AbortController();
  process.once('SIGINT', () => run.abort());
  const listing = await listRepository(hub, parseRepository(name), run.signal);
  const variants = variantsOf(listing);
  const { repository, commit, license } = listing;
  if (wanted === undefined) {
    const rows = variants.map((variant) => `${variant.path}  ${variant.bytes} bytes`);
    return {
      json: {
        ...repository,
        ...{ commit, license },
        variants: variants.map(({ path: variant, bytes, files }) => ({
          variant,
          bytes,
          files: files.map(({ path: file, size }) => ({ file, bytes: size })),
        })),
      },
      text: [`${repository.name} at ${commit}, licence ${license ?? 'not told'}`, ...rows].join('\n'),
    };
  }
  const variant = variants.find((each) => each.path === wanted);
  if (!variant) {
    const names = variants.map((each) => each.path).join(', ');
    throw new HeadlightError('WrongUsage', `--variant takes one of: ${names || 'there is no .onnx file'}.`);
  }
  const folder = folderOf(path.resolve(into), listing, variant);
  let told = '';
  await download(hub, listing, variant, folder, {
    signal: run.signal,
    onProgress({ file, done, total }) {
      if (file !== told) tell(`${file}: ${Math.floor((100 * done) / total)} % of ${total} bytes are there`);
      told = file;
    },
  });
  return { json: { folder, commit, bytes: variant.bytes }, text: folder };
}
