import {
  albert,
  bert,
  decoderOfPair,
  deberta,
  electra,
  encoderDecoder,
  fusedBert,
  gpt2,
  gpt2WithPast,
  llama,
  mpnet,
  parallel,
  t5,
  type Family,
} from './families';
import type { Style } from './transformerWriter';

const torch11: Style = { opset: 11, norm: 'torch' };
const torch14: Style = { opset: 14, norm: 'torch' };
const torch17: Style = { opset: 17, norm: 'operator' };
const tensorflow: Style = { opset: 11, norm: 'tensorflow', linear: 'tensorflow' };
const conv1d: Style = { opset: 11, norm: 'torch', linear: 'conv1d' };
const optimised: Style = { opset: 17, norm: 'skip' };

/** One export of one kind of model. */
export interface Example {
  readonly name: string;
  readonly family: Family;
  /** `model_type` of config.json, where heads are told by it. */
  readonly type?: string;
}

/** Every kind of model in the ways that tools write it. */
export const families: readonly Example[] = [
  { name: 'BERT, opset 11', family: bert(torch11) },
  { name: 'BERT, opset 17', family: bert(torch17) },
  { name: 'BERT, opset 18', family: bert({ opset: 18, norm: 'torch' }) },
  { name: 'BERT of TensorFlow', family: bert(tensorflow) },
  { name: 'BERT after onnxruntime’s optimiser', family: fusedBert('gelu', false) },
  {
    name: 'BERT after onnxruntime’s optimiser, with the sum of its embeddings',
    family: fusedBert('geluTanh', true),
  },
  { name: 'BERT with fused attention', family: fusedBert('gelu', true, 'Attention') },
  {
    name: 'BERT with fused attention behind its projections',
    family: fusedBert('gelu', true, 'MultiHeadAttention'),
  },
  { name: 'GPT-2 with fused attention', family: gpt2({ ...optimised, fusedAttention: 'Attention' }) },
  { name: 'BERT with an MLM head', family: bert(torch14, { head: 'mlm' }) },
  { name: 'BERT that tags', family: bert(torch11, { head: 'tags' }) },
  { name: 'BERT that answers, opset 11', family: bert(torch11, { head: 'answers' }) },
  { name: 'BERT that answers, opset 17', family: bert(torch17, { head: 'answers' }) },
  { name: 'RoBERTa', family: bert(torch14, { positions: 'padding', segments: false, head: 'mlm' }) },
  { name: 'DistilBERT', family: bert(torch11, { segments: false, head: 'none' }) },
  { name: 'ALBERT', family: albert(torch14), type: 'albert' },
  { name: 'ELECTRA', family: electra(torch14) },
  { name: 'MPNet', family: mpnet(torch14) },
  { name: 'DeBERTa', family: deberta(torch14) },
  { name: 'GPT-2 of Conv1D layers', family: gpt2(conv1d) },
  { name: 'GPT-2 with position ids as its input', family: gpt2({ ...conv1d, opset: 14 }, 'input') },
  { name: 'GPT-2 with past', family: gpt2WithPast(torch14) },
  { name: 'a decoder without its encoder', family: decoderOfPair(torch14) },
  { name: 'GPT-2 after onnxruntime’s optimiser', family: gpt2(optimised) },
  {
    name: 'the vanilla Transformer',
    family: encoderDecoder(torch17, { norm: 'after', activation: 'relu', positions: 'interleaved' }),
  },
  {
    name: 'Marian',
    family: encoderDecoder(torch11, { norm: 'after', activation: 'silu', positions: 'halves' }),
  },
  {
    name: 'BART',
    family: encoderDecoder(torch14, { norm: 'after', activation: 'gelu', positions: 'learned' }),
  },
  {
    name: 'mBART',
    family: encoderDecoder(torch17, { norm: 'before', activation: 'gelu', positions: 'learned' }),
  },
  { name: 'T5', family: t5(torch11, false) },
  { name: 'T5 1.1', family: t5(torch14, true) },
  { name: 'GPT-NeoX', family: parallel(torch17, 'twoNorms') },
  { name: 'GPT-J', family: parallel(torch11, 'oneNorm') },
  { name: 'LLaMA', family: llama(torch14) },
  { name: 'LLaMA after onnxruntime’s optimiser', family: llama(optimised) },
];
