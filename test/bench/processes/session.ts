/**
 * A model opened in a process of its own and run on whatever the parent sends. Answers first with what opening
 * took, then to each run with its milliseconds.
 * Arguments: the way to open and run it, and the model's folder.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { attentionSource } from '../../../src/engine/models/roles';
import { ModelStore, type Model } from '../../../src/engine/models/store';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { SessionCache } from '../../../src/engine/sessions';
import type { Opening, RunMessage, SessionWay } from '../sessionProcess';

type Run = (feeds: Record<string, Tensor>) => Promise<unknown>;

const quiet = { logSeverityLevel: 3 } as const;

const attentionNames = ({ graph }: Model): string[] =>
  graph.attention.map(({ probabilities }) => probabilities);

const ways: Record<SessionWay, (folder: string) => Promise<Run>> = {
  async bare(folder) {
    const session = await InferenceSession.create(`${folder}/model.onnx`, quiet);
    return (feeds) => session.run(feeds);
  },
  async attention(folder) {
    const model = new ModelStore().open(folder);
    const session = await new SessionCache().open(model, 'attention');
    const taps = model.graph.attention.map((layer) => attentionSource(layer, 'probabilities'));
    return (feeds) => session.taps(feeds, taps);
  },
  async attentionAndLogits(folder) {
    const model = new ModelStore().open(folder);
    const { onnx, outputs } = model.graph;
    const names = [...outputs.map(({ name }) => name), ...attentionNames(model)];
    const { bytes, sessionConfig } = buildSidecar(onnx, { outputs: names });
    const session = await InferenceSession.create(bytes, {
      ...quiet,
      extra: { session: sessionConfig },
    });
    return (feeds) => session.run(feeds);
  },
};

function tensors({ feeds, texts }: RunMessage): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, ids]) => [name, new Tensor('int64', ids, [texts, ids.length / texts])]),
  );
}

async function main(way: SessionWay, folder: string): Promise<void> {
  const start = performance.now();
  const run = await ways[way](folder);
  const opening: Opening = {
    milliseconds: performance.now() - start,
    residentBytes: process.memoryUsage.rss(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.on('message', async (message) => {
    const feeds = tensors(message as RunMessage);
    const runStart = performance.now();
    await run(feeds);
    process.send!(performance.now() - runStart);
  });
  process.once('disconnect', () => process.exit());
  process.send!(opening);
}

void main(process.argv[2] as SessionWay, process.argv[3]!);
