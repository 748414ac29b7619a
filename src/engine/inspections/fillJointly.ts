import * as l10n from '@vscode/l10n';
import { distributionOf } from '../../core/distribution';
import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import { softmaxTopK, type Choice } from '../../core/topK';
import type { EncodedToken } from '../../protocol/encoding';
import type { JointFill, JointQuestion, JointResult } from '../../protocol/words';
import { maskedLogits, type MaskedRun } from '../maskedRuns';
import type { Model } from '../models/store';
import type { ModelSession, SessionCache } from '../sessions';
import { originalRange, readMasks, type ModelInput } from './fill';
import { requireWithin } from './requireWithin';
import { withId, wordOf } from './vocabulary';

/** Hypotheses that a search takes; people are offered fewer. */
const mostBeams = 1000;

/** Masks of a text, some of them filled. Words are by mask, not by place. */
interface Partial {
  /** Id of each mask's word; null for one that is not filled. */
  ids: readonly (number | null)[];
  order: readonly number[];
  logProbability: number;
}

/** What a model says of a partial fill: the mask that comes next, and the words for it. */
interface Step {
  mask: number;
  choices: Choice[];
  /** Log probability of the word that the independent fill has there. */
  independent: number;
}

/**
 * All masks of a text at once. BERT's own objective takes masked words for independent of each other (Yang et al. 2019,
 * "XLNet", section 2.1); here the model is asked again after each word. The mask that is filled next is the one of which
 * the model is surest, so every fill has one order and one score, and these scores are a distribution over all fills.
 * @throws HeadlightError `NoMlmHead`, `NoMask`, `TextTooLong` where no window holds all masks, `WrongUsage` for beams
 * that are not 1 to 1000.
 */
export async function fillJointly(
  model: Model,
  sessions: SessionCache,
  question: JointQuestion,
  { signal, progress }: CallContext,
): Promise<JointResult> {
  requireWithin('beams', question.beams, mostBeams);
  throwIfCancelled(signal);
  const { texts, inputs, tokenCount } = await readMasks(model, question);
  const [input, another] = inputs;
  if (!input || another) throw tooFarApart(model);
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'none');
  const search = await Search.start(model, session, input, question.beams, signal);
  const steps = (done: number): void => {
    const message = l10n.t('Filling mask {0} of {1}…', done, input.masks.length);
    progress({ message, fraction: done / input.masks.length });
  };
  const beam = await search.best(question.beams, steps);
  return {
    model: model.name,
    masks: input.masks.map((position) => {
      const token = input.tokens[position]!;
      const sequence = token.sequence === 1 ? 1 : 0;
      return { ...originalRange(token, texts[sequence]), sequence, position };
    }),
    independent: await search.independentFill(),
    surestFirst: (await search.best(1, () => {}))[0]!,
    beam,
    ...{ tokenCount, maximumLength: model.maximumLength },
  };
}

function tooFarApart(model: Model): HeadlightError {
  return new HeadlightError(
    'TextTooLong',
    l10n.t(
      'The masks are too far apart for {0} to read them together. Select a shorter text around them.',
      model.name,
    ),
  );
}

/** The tree of partial fills, as far as it has been asked for. */
class Search {
  private readonly steps = new Map<string, Step>();

  private constructor(
    private readonly model: Model,
    private readonly session: ModelSession,
    private readonly input: ModelInput,
    /** Logits of each mask with all of them hidden. */
    private readonly hidden: Float32Array[],
    private readonly beams: number,
    private readonly signal: AbortSignal,
  ) {}

  static async start(
    model: Model,
    session: ModelSession,
    input: ModelInput,
    beams: number,
    signal: AbortSignal,
  ): Promise<Search> {
    const runs = [{ tokens: input.tokens, positions: input.masks }];
    const hidden: Float32Array[] = [];
    for await (const rows of maskedLogits(model, session, runs, signal)) hidden.push(...rows);
    return new Search(model, session, input, hidden, beams, signal);
  }

  /** The best fills by beam search, at most `width`, the best first. */
  async best(width: number, onStep: (done: number) => void): Promise<JointFill[]> {
    let kept = [this.nothing()];
    for (let done = 1; done <= this.input.masks.length; done++) {
      onStep(done);
      await this.expand(kept);
      const next = kept.flatMap((partial) => {
        const { mask, choices } = this.stepOf(partial);
        return choices
          .slice(0, width)
          .map(({ index, probability }) => withWord(partial, mask, index, Math.log(probability)));
      });
      kept = next.sort((a, b) => b.logProbability - a.logProbability).slice(0, width);
    }
    return kept.map((partial) => this.fillOf(partial));
  }

  /** Each mask's own most probable word, with the score that the words have together. */
  async independentFill(): Promise<JointFill> {
    let partial = this.nothing();
    for (const _ of this.input.masks) {
      await this.expand([partial]);
      const { mask, independent } = this.stepOf(partial);
      partial = withWord(partial, mask, this.likeliest(mask), independent);
    }
    return this.fillOf(partial);
  }

  /** Asks the model about partial fills that it was not asked about before. */
  private async expand(partials: readonly Partial[]): Promise<void> {
    const fresh = partials.filter((partial) => !this.steps.has(keyOf(partial)));
    const runs = fresh.map((partial) => this.runOf(partial));
    let next = 0;
    for await (const rows of maskedLogits(this.model, this.session, runs, this.signal)) {
      const partial = fresh[next++]!;
      this.steps.set(keyOf(partial), this.stepFrom(open(partial), rows));
    }
  }

  private runOf(partial: Partial): MaskedRun {
    const { tokens, masks } = this.input;
    const filled: EncodedToken[] = [...tokens];
    partial.ids.forEach((id, mask) => {
      const position = masks[mask]!;
      if (id !== null) filled[position] = withId(tokens[position]!, id);
    });
    return { tokens: filled, positions: open(partial).map((mask) => masks[mask]!) };
  }

  /** @param masks those that are not filled. @param rows their logits. */
  private stepFrom(masks: number[], rows: Float32Array[]): Step {
    const choices = rows.map((row) => softmaxTopK(row, this.beams));
    const surest = choices.reduce(
      (best, own, at) => ((own[0]?.probability ?? 0) > (choices[best]![0]?.probability ?? 0) ? at : best),
      0,
    );
    const mask = masks[surest]!;
    const independent = distributionOf(rows[surest]!).logProbability(this.likeliest(mask));
    return { mask, choices: choices[surest]!, independent };
  }

  private stepOf(partial: Partial): Step {
    return this.steps.get(keyOf(partial))!;
  }

  private nothing(): Partial {
    return { ids: this.input.masks.map(() => null), order: [], logProbability: 0 };
  }

  private likeliest(mask: number): number {
    return softmaxTopK(this.hidden[mask]!, 1)[0]!.index;
  }

  private fillOf({ ids, order, logProbability }: Partial): JointFill {
    return {
      words: ids.map((id) => wordOf(id!, this.model.tokenizer)),
      order: [...order],
      independent: ids.reduce<number>(
        (total, id, mask) => total + distributionOf(this.hidden[mask]!).logProbability(id!),
        0,
      ),
      joint: logProbability,
    };
  }
}

function open({ ids }: Partial): number[] {
  return ids.flatMap((id, mask) => (id === null ? [mask] : []));
}

function keyOf({ ids }: Partial): string {
  return ids.join();
}

function withWord(partial: Partial, mask: number, id: number, logProbability: number): Partial {
  return {
    ids: partial.ids.map((own, at) => (at === mask ? id : own)),
    order: [...partial.order, mask],
    logProbability: partial.logProbability + logProbability,
  };
}
