import { beforeEach, describe, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import type { FoundRun, RunSummary } from '../../../src/protocol/runs';
import type { Services } from '../../../src/host/services/services';

type Listener = (uri: { fsPath: string }) => void;

/** What the tree asks VS Code for, and what it listens to. */
const asked = vi.hoisted(() => ({ pattern: '', changed: undefined as Listener | undefined }));

vi.mock('vscode', () => {
  const nothing = { dispose: () => {} };
  return {
    EventEmitter: class {
      fire = (): void => {};
      dispose = (): void => {};
    },
    TreeItem: class {
      id = '';
    },
    ThemeIcon: class {
      id = '';
    },
    TreeItemCollapsibleState: {},
    env: { language: 'en' },
    l10n: { t: (text: string) => text },
    window: { createTreeView: () => ({ ...nothing, visible: true, onDidChangeVisibility: () => nothing }) },
    workspace: {
      workspaceFolders: [],
      onDidChangeWorkspaceFolders: () => nothing,
      createFileSystemWatcher(pattern: string) {
        asked.pattern = pattern;
        return {
          ...nothing,
          onDidCreate: () => nothing,
          onDidDelete: () => nothing,
          onDidChange(listener: Listener) {
            asked.changed = listener;
            return nothing;
          },
        };
      },
    },
  } as unknown as typeof vscode;
});

const { RunsTree } = await import('../../../src/host/features/runs/tree');

/** When the log was last written, by the file system. */
let modified: number;
let lastStep: number;
let tree: InstanceType<typeof RunsTree>;
const database = '/w/project.db';

beforeEach(() => {
  [modified, lastStep] = [1000, 1];
  const found = (): FoundRun[] => [{ name: 'a', path: database, format: 'trackio', modified }];
  const summary = (): RunSummary => ({ modified, lastStep, plannedSteps: null, best: null });
  const request = (name: string): Promise<unknown> => Promise.resolve(name === 'find' ? found() : summary());
  const services = { context: { extensionPath: '/' }, runs: { request }, log: { error: () => {} } };
  tree = new RunsTree(services as unknown as Services, 'runs');
  return () => tree.dispose();
});

/** The last step of the run on show, after what is to be read was read. */
async function shownStep(): Promise<number | null | undefined> {
  const [item] = await tree.getChildren();
  if (item?.kind !== 'run') throw new Error('No run is there.');
  tree.getTreeItem(item);
  await vi.waitFor(() => expect(item.summary?.lastStep).toBe(lastStep));
  return item.summary?.lastStep;
}

describe('the tree of runs', () => {
  it('reads anew after a search what was written since it was read, also when it was told of the writing', async () => {
    expect(await shownStep()).toBe(1);
    [modified, lastStep] = [2000, 2];
    asked.changed!({ fsPath: database });
    tree.refresh();
    expect(await shownStep()).toBe(2);
  });

  it('reads anew what is written, and takes the log of a database for it', async () => {
    expect(await shownStep()).toBe(1);
    const [item] = await tree.getChildren();
    [modified, lastStep] = [2000, 2];
    asked.changed!({ fsPath: `${database}-wal` });
    expect(item).toMatchObject({ run: { modified: expect.closeTo(Date.now(), -4) as number } });
    // Whatever begins the next reading.
    tree.getTreeItem({ ...item!, summary: undefined } as typeof item & object);
    await vi.waitFor(() => expect(item).toMatchObject({ summary: { lastStep: 2 } }));
  });

  it('hears of every kind of log', () => {
    const names = /\{(.*)\}/.exec(asked.pattern)![1]!.split(',');
    const patterns = names.map(
      (name) => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`),
    );
    for (const name of [
      ...['trainer_state.json', 'events.out.tfevents.1', 'metrics.csv', 'training.csv', 'log.tsv'],
      ...['log.jsonl', 'log.ndjson', 'vdlrecords.1.log', 'meta.yaml', 'project.db', 'project.db-wal'],
    ])
      expect([name, patterns.some((pattern) => pattern.test(name))]).toEqual([name, true]);
  });
});
