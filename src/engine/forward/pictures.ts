import type { TensorPicture } from '../../protocol/tensor';
import { pictureOf, type TensorMatrix } from '../tensorMatrix';
import type { KeptTensor } from './trace';

/** Pictures are of all tokens, and stay while another one is chosen. */
const pictures = new WeakMap<TensorMatrix, TensorPicture>();

/** The picture of a tensor of a trace. */
export function pictureOfKept({ matrix, dims }: KeptTensor): TensorPicture {
  const picture = pictures.get(matrix) ?? pictureOf(matrix, dims);
  pictures.set(matrix, picture);
  return picture;
}
