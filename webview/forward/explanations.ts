import * as l10n from '@vscode/l10n';
import type { ArchitectureFacts } from '../../src/protocol/architecture';
import type { ForwardStep } from '../../src/protocol/forward';

/** What happens in a step, in a few sentences. */
export function explain(
  { role, stack, layer, formula }: ForwardStep,
  architecture: ArchitectureFacts,
): string {
  const facts = architecture.stacks.find(({ kind }) => kind === stack);
  const part = role.replace(/^(attention|crossAttention|feedForward)(?=[A-Z])/, '');
  const isCross = role.startsWith('crossAttention');
  switch (part) {
    case 'tokenEmbedding':
      return l10n.t(
        'Each token id picks one row of a table of vectors. The rows are learned: tokens that stand in like places come to have like vectors.',
      );
    case 'positionEmbedding':
      return facts?.embeddings.positions.includes('sinusoidal')
        ? l10n.t(
            'Attention sees a set of vectors and not a sequence: without positions the order of the words would not count. Here each position has sines and cosines of falling frequency (Vaswani et al. 2017, section 3.5). The vector k positions further on is one fixed rotation of this one, wherever it stands, so that a distance can be read off by a linear map.',
          )
        : l10n.t(
            'Attention sees a set of vectors and not a sequence: without positions the order of the words would not count. Here each position has a vector of its own, learned like those of the tokens.',
          );
    case 'segmentEmbedding':
      return l10n.t('One of two vectors tells the first text of a pair from the second.');
    case 'embeddingSum':
      return l10n.t(
        'What a token is, where it stands and in which text: the vectors are added, number by number.',
      );
    case 'embeddingProjection':
      return l10n.t(
        'The vectors of the table are narrow. One matrix widens them to the hidden size: V × E and E × H numbers in place of V × H (Lan et al. 2019, section 3.1).',
      );
    case 'Query':
      return l10n.t(
        'What each token looks for. One product makes the queries of all heads at once; each head takes its own part of the columns.',
      );
    case 'Key':
      return isCross
        ? l10n.t(
            'What each token of the source offers to be found by. The keys come from the last output of the encoder, the same for every layer of the decoder.',
          )
        : l10n.t(
            'What each token offers to be found by. A head compares its part of a query with its part of every key.',
          );
    case 'Value':
      return isCross
        ? l10n.t('What each token of the source passes on: from the last output of the encoder, too.')
        : l10n.t('What each token passes on to those that attend to it.');
    case 'Mask':
      return l10n.t(
        'What is added to the scores: 0 where a query may read a key, elsewhere a number so low that the softmax gives it nothing. That hides padding, and in a decoder every later token.',
      );
    case 'Scores':
      return l10n.t(
        'How well each query fits each key, for every head: their product, divided by √d so that long vectors do not drive the softmax into its flat ends, with the mask added.',
      );
    case 'Probabilities':
      return l10n.t('The softmax turns the scores of each query into weights from 0 to 1 that sum to 1.');
    case 'Context':
      return l10n.t(
        'The values are added up, weighted by the probabilities of each query. This is all that tokens learn from one another.',
      );
    case 'Heads':
      return l10n.t('The results of all heads lie side by side, as wide as a hidden state again.');
    case 'Output':
      return role === 'feedForwardOutput'
        ? l10n.t('The second linear layer adds up what each hidden unit that fires stands for.')
        : l10n.t('One matrix mixes the results of the heads into what this sublayer adds to the stream.');
    case 'ResidualSum':
      return l10n.t(
        'What the sublayer computes is added to what it read: x + f(x). The derivative is f′(x) + 1, so that a gradient passes even where f′ is small (He et al. 2016).',
      );
    case 'embeddingNorm':
    case 'finalNorm':
    case 'Norm':
      return formula?.includes('μ') === false
        ? l10n.t(
            'The vector of each token is scaled to a mean square of 1 over its features, then by γ. No other token takes part, nor any other text.',
          )
        : l10n.t(
            'The vector of each token is shifted to mean 0 and scaled to variance 1 over its features, then scaled by γ and shifted by β. No other token takes part, nor any other text.',
          );
    case 'Inner':
      return l10n.t(
        'The feed-forward network works on each token alone. The first of its two linear layers makes a wide vector of hidden units.',
      );
    case 'Gate':
      return l10n.t('A second linear layer: each of its numbers opens or closes one hidden unit.');
    case 'Activation':
      return l10n.t('Each hidden unit fires or keeps still. Without this the two linear layers were one.');
    case 'lastHiddenState':
      return l10n.t('The result of the encoder, which the decoder attends to in every layer.');
    case 'pooler':
      return l10n.t(
        'The vector of the first token, through a linear layer and tanh, stands for the whole text.',
      );
    case 'hiddenState':
      return l10n.t('The result of layer {0}, which the next one reads.', layer ?? 0);
    default:
      return explainHead(role);
  }
}

function explainHead(role: ForwardStep['role']): string {
  switch (role) {
    case 'maskedWordLogits':
      return l10n.t(
        'The last hidden state is transformed and compared with each row of the token table: one score for each entry of the vocabulary, which the softmax turns into probabilities.',
      );
    case 'nextTokenLogits':
      return l10n.t(
        'The last hidden state of each token is compared with each row of the token table: one score for each entry of the vocabulary, for what comes next.',
      );
    case 'nextSentenceLogits':
    case 'sentenceOrderLogits':
      return l10n.t('Two scores for the whole text, from the pooled vector of the first token.');
    case 'tagLogits':
      return l10n.t('One score for each tag, for every token by itself.');
    case 'answerStartLogits':
    case 'answerEndLogits':
      return l10n.t('One score for each token; the softmax is over the tokens of the text.');
    case 'classLogits':
      return l10n.t('One score for each class, from the vector of the first token.');
    default:
      return l10n.t('Scores that a head computes from the last hidden state.');
  }
}
