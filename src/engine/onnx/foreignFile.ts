import type { FileSource } from './fileSource';

const signatures: readonly (readonly [bytes: string, what: string])[] = [
  ['\x89PNG', 'it is a PNG picture'],
  ['\xff\xd8\xff', 'it is a JPEG picture'],
  ['GIF8', 'it is a GIF picture'],
  ['%PDF', 'it is a PDF document'],
  ['PK\x03\x04', 'it is a ZIP archive (perhaps a PyTorch checkpoint)'],
  ['\x1f\x8b', 'it is gzip-compressed'],
  ['\x89HDF', 'it is an HDF5 file (perhaps a Keras model)'],
  ['GGUF', 'it is a GGUF model'],
  ['\x80\x02', 'it is a Python pickle (perhaps a PyTorch checkpoint)'],
];

/** Says what a file that could not be read as ONNX is, judging by its first bytes; undefined if unknown. */
export function describeForeignFile(source: FileSource): string | undefined {
  if (source.size === 0) return 'it is empty';
  const head = Buffer.from(source.read(0, Math.min(source.size, 512))).toString('latin1');
  if (head.startsWith('version https://git-lfs.github.com/')) {
    return 'it is a git-lfs pointer to the model (fetch the model itself with “git lfs pull”)';
  }
  const known = signatures.find(([bytes]) => head.startsWith(bytes));
  if (known !== undefined) return known[1];
  // An ORT-format flatbuffer and a TFLite one carry their mark after the root offset.
  if (head.slice(4, 8) === 'ORTM') return 'it is in the ORT format, not ONNX';
  if (head.slice(4, 8) === 'TFL3') return 'it is a TensorFlow Lite model';
  if (/^[\t\n\f\r\x20-\x7e\x80-\xff]*$/.test(head)) return 'it is text';
  return undefined;
}
