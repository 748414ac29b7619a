import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import type { CallOptions } from '../../src/core/rpc';
import type { KnockOutResult, LabelScore, OcclusionResult, OcclusionWay } from '../../src/protocol/sentences';
import type { HeadTarget, SourceRange } from '../../src/protocol/views';
import { Dropdown } from '../shared/ui';
import { WhyHeads } from './WhyHeads';
import { WhyWords } from './WhyWords';

/** What is taken away: each word, masked or left out, or each attention head. */
type Taken = OcclusionWay | 'head';

interface WhyProps {
  texts: string[];
  /** The outputs that may be watched, the surest first. */
  scores: LabelScore[];
  nameOf: (label: string) => string;
  disabled: boolean;
  ask: {
    words: (watched: { way: OcclusionWay; output: number }, options: CallOptions) => Promise<OcclusionResult>;
    heads: (watched: { output: number }, options: CallOptions) => Promise<KnockOutResult>;
  };
  point: (range: SourceRange | null) => void;
  reveal: (range: SourceRange) => void;
  openHead: (head: HeadTarget) => void;
}

type Found =
  | { kind: 'words'; result: OcclusionResult }
  | { kind: 'heads'; result: KnockOutResult }
  | { kind: 'problem'; message: string }
  | { kind: 'busy'; message: string };

/** What each word, or each attention head, does to an output. Asked for when it is opened; closing it cancels. */
export function Why(props: WhyProps): JSX.Element {
  const { texts, scores, nameOf, disabled, ask, point, reveal, openHead } = props;
  const [open, setOpen] = useState(false);
  const [taken, setTaken] = useState<Taken>('mask');
  const [output, setOutput] = useState<number | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const watched = scores.find(({ id }) => id === output) ?? scores[0]!;
  useEffect(() => {
    setFound(null);
    if (!open || disabled) return;
    const run = new AbortController();
    const show = (next: Found): void => {
      if (!run.signal.aborted) setFound(next);
    };
    show({ kind: 'busy', message: l10n.t('Reading the text again…') });
    const options: CallOptions = {
      signal: run.signal,
      onProgress: ({ message }) => show({ kind: 'busy', message }),
    };
    const asked: Promise<Found> =
      taken === 'head'
        ? ask.heads({ output: watched.id }, options).then((result) => ({ kind: 'heads', result }))
        : ask
            .words({ way: taken, output: watched.id }, options)
            .then((result) => ({ kind: 'words', result }));
    asked.then(show, (thrown: unknown) =>
      show({ kind: 'problem', message: toHeadlightError(thrown).message }),
    );
    return () => run.abort();
  }, [open, disabled, taken, watched.id, scores]);
  return (
    <details class="why" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{l10n.t('Why?')}</summary>
      <div class="why-choices">
        <Dropdown
          label={l10n.t('Output')}
          value={String(watched.id)}
          choices={scores.map(({ id, label }) => ({ value: String(id), label: nameOf(label) }))}
          onChange={(value) => setOutput(Number(value))}
        />
        <Dropdown
          label={l10n.t('Without')}
          value={taken}
          choices={[
            { value: 'mask', label: l10n.t('each word: masked') },
            { value: 'drop', label: l10n.t('each word: left out') },
            { value: 'head', label: l10n.t('each attention head') },
          ]}
          onChange={setTaken}
        />
      </div>
      {found?.kind === 'problem' && <p role="alert">{found.message}</p>}
      {found?.kind === 'busy' && <p role="status">{found.message}</p>}
      {found?.kind === 'words' && (
        <WhyWords result={found.result} label={nameOf(watched.label)} {...{ texts, point, reveal }} />
      )}
      {found?.kind === 'heads' && (
        <WhyHeads result={found.result} label={nameOf(watched.label)} onOpen={openHead} />
      )}
    </details>
  );
}
