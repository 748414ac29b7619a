import { realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { OnnxFormatError } from './errors';
import { rawBytes } from './readTensor';
import type { OnnxModel, OnnxTensor } from './types';

/** Where the numbers of an external tensor really lie. */
export interface ExternalPlace {
  /** The data file, symbolic links followed. */
  readonly path: string;
  /** The data file relative to the folder of the model file, with `/`. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** The folder that external locations of a sidecar are relative to: that of the real model file. */
export function externalDataFolder(model: OnnxModel): string {
  return dirname(model.path);
}

/**
 * Finds the data of a tensor that lies outside the model file. Throws OnnxFormatError when the location
 * is absolute, contains `..`, leaves the model's folder through a symbolic link, does not exist, or is
 * too short. Hub caches link the model and its data into one folder: beside the real model is inside.
 */
export function resolveExternalData(model: OnnxModel, tensor: OnnxTensor): ExternalPlace {
  const { payload } = tensor;
  if (payload.kind !== 'external') throw new OnnxFormatError(`Tensor “${tensor.name}” is not external.`);
  const { location, offset } = payload;
  if (isAbsolute(location) || /^[a-z]:|^[\\/]|\0/i.test(location) || location.split(/[\\/]/).includes('..')) {
    throw outside(tensor, location);
  }
  const path = realPathOf(resolve(dirname(model.givenPath), location), location);
  const inFolder = relative(externalDataFolder(model), path);
  if (inFolder === '' || isAbsolute(inFolder) || inFolder.split(sep).includes('..')) {
    throw outside(tensor, location);
  }
  const stat = statSync(path);
  if (!stat.isFile()) throw new OnnxFormatError(`The data file “${location}” is not a regular file.`);
  const length = payload.length ?? rawBytes(tensor) ?? 0;
  if (offset + length > stat.size) {
    throw new OnnxFormatError(`The data file “${location}” is too short for tensor “${tensor.name}”.`);
  }
  return { path, location: inFolder.split(sep).join('/'), offset, length };
}

function realPathOf(path: string, location: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new OnnxFormatError(`The model's data file “${location}” is missing.`);
  }
}

function outside(tensor: OnnxTensor, location: string): OnnxFormatError {
  return new OnnxFormatError(
    `Tensor “${tensor.name}” points to “${location}”, outside the model's folder, which is not allowed.`,
  );
}
