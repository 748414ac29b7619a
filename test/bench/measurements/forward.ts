import path from 'node:path';
import type { EngineClient } from '../../../src/client/engineClient';
import { mostProductsOfCard } from '../../../src/core/forward/cardBudget';
import type { ForwardQuestion } from '../../../src/protocol/forward';
import { repositoryRoot } from '../../support/paths';
import type { BenchModel } from '../benchModel';
import { feedsOf, startEngine } from '../engine';
import { takeTurns, timed, type Aim, type Measurement, type Row } from '../measurement';
import { SessionProcess } from '../sessionProcess';

const embedded = path.join(repositoryRoot, 'media/models/bert-tiny-en-zh');
const sentence = 'The lighthouse keeper counted seventeen ships before breakfast.';

/**
 * Cards of the forward pass from the question to the numbers in this process, as a person opens them one after the
 * other for the first time in an engine's life, over the bare run of the unchanged file on the same text.
 */
export const forward: Measurement = {
  name: 'forward',
  async measure(model) {
    return [
      ...(await cardsOf({ model: embedded, text: sentence }, 'the embedded model', 5, { atMost: 50 })),
      ...(await cardsOf(longQuestion(model), '12 × 12 heads, 512 tokens', 2, null)),
    ];
  },
};

function longQuestion(model: BenchModel): ForwardQuestion {
  return { model: model.folder, text: model.text(512) };
}

/** @param aim for the slowest card; null where cards are to be usable, however long a layer takes. */
async function cardsOf(
  question: ForwardQuestion,
  name: string,
  rounds: number,
  aim: { atMost: number } | null,
): Promise<Row[]> {
  const bare = await SessionProcess.start('bare', question.model);
  try {
    const samples = await takeTurns(rounds, {
      cards: () => withEngine((engine) => openCards(engine, question)),
      bare: async () =>
        bare.run(await withEngine((engine) => feedsOf(engine, question.model, question.text))),
    });
    const row = (what: string, read: (cards: number[]) => number, own: Aim | null): Row => ({
      what: `${what}, ${name}`,
      over: 'bare run of the file',
      unit: 'ms',
      pairs: samples.map(({ cards, bare: baseline }) => ({ value: read(cards), baseline })),
      aim: own,
    });
    return [
      row('the slowest card of the forward pass', (cards) => cards[0]!, aim && { of: 'value', ...aim }),
      row('the median card', (cards) => cards[cards.length >> 1]!, null),
    ];
  } finally {
    bare.stop();
  }
}

async function withEngine<Result>(work: (engine: EngineClient) => Promise<Result>): Promise<Result> {
  const engine = startEngine();
  try {
    return await work(engine);
  } finally {
    await engine.dispose();
  }
}

/** Milliseconds that each card takes, the slowest first. */
async function openCards(engine: EngineClient, question: ForwardQuestion): Promise<number[]> {
  const { trace, steps } = await engine.request('forward', question);
  const times: number[] = [];
  for (const step of steps.keys()) {
    const asked = { trace, step, token: 1, mostProducts: mostProductsOfCard };
    times.push(await timed(() => engine.request('forwardStep', asked)));
  }
  return times.sort((one, other) => other - one);
}
