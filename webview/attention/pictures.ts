import { poolByMaximum } from '../../src/core/weightBytes';
import type { AttentionBytes } from '../../src/protocol/attention';

/**
 * Weights of a head as a picture with a pixel for each, or for the largest of several where there are more than
 * `cells` in a row or column: single bright ones must not fall between the pixels of the screen.
 * @param weights bytes `[query][key]`. @param pixels colours of the 256 bytes.
 */
export function pictureOf(weights: AttentionBytes, cells: number, pixels: Uint32Array): HTMLCanvasElement {
  const { bytes, queries, keys } = pooledTo(weights, Math.max(1, Math.floor(cells)));
  const canvas = document.createElement('canvas');
  canvas.width = keys;
  canvas.height = queries;
  const image = new ImageData(keys, queries);
  const target = new Uint32Array(image.data.buffer);
  for (let index = 0; index < target.length; index++) target[index] = pixels[bytes[index]!]!;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

/** Pools by maximum so that the longer side is at most `cells`. */
function pooledTo(weights: AttentionBytes, cells: number): AttentionBytes {
  const { queries, keys } = weights;
  const part = Math.min(1, cells / Math.max(queries, keys));
  if (part === 1) return weights;
  const to = (count: number): number => Math.max(1, Math.floor(count * part));
  const size = { queries: to(queries), keys: to(keys) };
  const bytes = new Uint8Array(size.queries * size.keys);
  poolByMaximum(weights.bytes, weights, size, bytes);
  return { bytes, ...size };
}

/** A head in the atlas, and where its tile lies in CSS pixels. */
export interface Tile {
  /** Counted over all layers. */
  index: number;
  x: number;
  y: number;
}

/** Draws heads as a tile each, as wide as high. @param context in CSS pixels. */
export function drawAtlas(
  context: CanvasRenderingContext2D,
  { bytes, queries, keys }: AttentionBytes,
  tiles: Tile[],
  side: number,
  pixels: Uint32Array,
): void {
  const cells = side * (window.devicePixelRatio || 1);
  context.imageSmoothingEnabled = false;
  for (const { index, x, y } of tiles) {
    const area = queries * keys;
    const weights = { bytes: bytes.subarray(index * area, (index + 1) * area), queries, keys };
    context.drawImage(pictureOf(weights, cells, pixels), x, y, side, side);
  }
}
