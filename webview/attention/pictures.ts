import { poolByMaximum } from '../../src/core/weightBytes';
import type { AttentionBytes } from '../../src/protocol/attention';

/**
 * Weights of a head as a picture with a pixel for each, or for the largest of several where there are more than
 * `cells` in a row: single bright ones must not fall between the pixels of the screen.
 * @param weights bytes `[query][key]`. @param pixels colours of the 256 bytes.
 */
export function pictureOf(weights: AttentionBytes, cells: number, pixels: Uint32Array): HTMLCanvasElement {
  const { bytes, size } = pooledTo(weights, Math.max(1, Math.floor(cells)));
  const canvas = document.createElement('canvas');
  canvas.width = size;
  canvas.height = size;
  const image = new ImageData(size, size);
  const target = new Uint32Array(image.data.buffer);
  for (let index = 0; index < target.length; index++) target[index] = pixels[bytes[index]!]!;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

/** Pools by maximum to at most `cells` x `cells`. */
function pooledTo(weights: AttentionBytes, cells: number): AttentionBytes {
  if (cells >= weights.size) return weights;
  const bytes = new Uint8Array(cells * cells);
  poolByMaximum(weights.bytes, weights.size, cells, bytes);
  return { bytes, size: cells };
}

export interface AtlasLayout {
  layers: number;
  heads: number;
  /** CSS pixels of a tile's side, and between two tiles. */
  tile: number;
  gap: number;
}

/** Draws every head as a tile of its own. @param context in CSS pixels. */
export function drawAtlas(
  context: CanvasRenderingContext2D,
  { bytes, size }: AttentionBytes,
  { layers, heads, tile, gap }: AtlasLayout,
  pixels: Uint32Array,
): void {
  const cells = tile * (window.devicePixelRatio || 1);
  context.imageSmoothingEnabled = false;
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const start = (layer * heads + head) * size * size;
      const weights = { bytes: bytes.subarray(start, start + size * size), size };
      const picture = pictureOf(weights, cells, pixels);
      context.drawImage(picture, head * (tile + gap), layer * (tile + gap), tile, tile);
    }
  }
}
