import { realpathSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { embeddedModels, explained, firstThatAnswers } from '../../client/models';
import { HeadlightError } from '../../core/errors';
import type { Caller, CallOptions } from '../../core/rpc';
import type { EngineRequests } from '../../protocol/engine';
import type { ModelFacts, QuestionKind } from '../../protocol/models';

/** A model that can be chosen: where it is, and who brought it. */
export interface ModelEntry {
  /** A folder or an `.onnx` file, absolute. */
  path: string;
  name: string;
  origin: 'embedded' | 'user' | 'workspace';
  /** The folder that it is one of several files of, and which; null for a model by itself. */
  variant: { folder: string; file: string } | null;
}

/** Every kind of question, in the order in which they are listed. */
export const questionKinds: QuestionKind[] = [
  'tokens',
  'maskedWords',
  'attention',
  'pair',
  'classes',
  'tags',
  'answer',
  'similarity',
  'generation',
];

const addedKey = 'headlight.models.added';
const currentKey = 'headlight.models.current';

/**
 * The models at hand, and which of them answers each kind of question. A model inside a workspace folder
 * belongs to the workspace, is remembered with it, and is not run before the workspace is trusted.
 */
export class Models implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** The choice for some kind of question, or what may be chosen, is another. */
  readonly onDidChange = this.changed.event;
  private readonly answering = new vscode.EventEmitter<void>();
  /** Another model, or for another kind of question, was the last that was asked. */
  readonly onDidAsk = this.answering.event;
  /** The model that was asked last, and for what. */
  lastAnswering: { model: string; kind: QuestionKind } | undefined;
  private readonly embedded: string[];
  private readonly trust = vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed.fire());

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly engine: Caller<EngineRequests>,
  ) {
    this.embedded = embeddedModels(context.extensionPath);
  }

  /** Every model that may run here, embedded ones first. */
  list(): ModelEntry[] {
    const added = [...this.added(this.context.globalState), ...this.added(this.context.workspaceState)];
    return [...this.embedded, ...added].map((model) => this.entry(model)).filter((entry) => mayRun(entry));
  }

  /** What is known of a model before it runs. */
  facts(model: string, options?: CallOptions): Promise<ModelFacts> {
    this.requireTrust(model);
    return this.engine.request('facts', { model }, options);
  }

  /** The model that answers a kind of question: the chosen one, else the first embedded one that can. */
  async current(kind: QuestionKind): Promise<string> {
    const model = this.chosen(kind) ?? (await firstThatAnswers(this.engine, this.embedded, kind));
    if (this.lastAnswering?.model !== model || this.lastAnswering.kind !== kind) {
      this.lastAnswering = { model, kind };
      this.answering.fire();
    }
    return model;
  }

  /** The model that was chosen for a kind of question in this workspace; undefined where the default answers. */
  chosen(kind: QuestionKind): string | undefined {
    const model = this.choices()[kind];
    return model !== undefined && mayRun(this.entry(model)) ? model : undefined;
  }

  /** The model that answers a kind of question when nobody chose another. */
  defaultFor(kind: QuestionKind): Promise<string> {
    return firstThatAnswers(this.engine, this.embedded, kind);
  }

  /**
   * The other `.onnx` files of a model's folder, each a model of its own with the same tokenizer; without those that
   * are listed by themselves.
   */
  variantsOf(facts: ModelFacts): ModelEntry[] {
    if (facts.path.toLowerCase().endsWith('.onnx')) return [];
    const listed = this.list().map((entry) => entry.path);
    return facts.variants
      .filter((file) => file !== facts.onnxFile && !listed.includes(file))
      .map((file) => this.entry(file, facts.path));
  }

  /** The models at hand that can answer a kind of question, embedded ones first, each with its variants. */
  async thatAnswer(kind: QuestionKind, options?: CallOptions): Promise<ModelEntry[]> {
    const known = await Promise.all(
      this.list().map(async (entry) => {
        const facts = await this.facts(entry.path, options).catch(() => null);
        return [entry, ...(facts ? this.variantsOf(facts) : [])];
      }),
    );
    const entries = known.flat();
    const facts = await Promise.allSettled(entries.map(({ path: model }) => this.facts(model, options)));
    return entries.filter((_, index) => {
      const known = facts[index]!;
      return known.status === 'fulfilled' && known.value.answers.includes(kind);
    });
  }

  /** Whether a model may run here: one of the workspace only when it is trusted. */
  mayRun(model: string): boolean {
    return mayRun(this.entry(model));
  }

  /** Lets the default answer a kind of question again. */
  async useDefault(kind: QuestionKind): Promise<void> {
    const kept = Object.entries(this.choices()).filter(([chosenFor]) => chosenFor !== kind);
    await this.context.workspaceState.update(currentKey, Object.fromEntries(kept));
    this.changed.fire();
  }

  /** Remembers a model, with the workspace if it lies in it. */
  async add(model: string): Promise<void> {
    this.requireTrust(model);
    const { origin } = this.entry(model);
    // A variant is at hand as long as its folder is.
    if (origin === 'embedded' || this.holderOf(model) !== null) return;
    const memento = origin === 'workspace' ? this.context.workspaceState : this.context.globalState;
    await memento.update(addedKey, [...new Set([...this.added(memento), model])]);
    this.changed.fire();
  }

  /** An error about a kind of question as it is told: with a model that can answer where the asked one cannot. */
  explained(error: unknown, kind: QuestionKind): Promise<HeadlightError> {
    return explained(error, this.engine, this.embedded, kind);
  }

  /** Makes a model the current one for some kinds of question, and remembers it. */
  async choose(model: string, kinds: QuestionKind[]): Promise<void> {
    await this.add(model);
    const choices = { ...this.choices() };
    for (const kind of kinds) choices[kind] = model;
    await this.context.workspaceState.update(currentKey, choices);
    this.changed.fire();
  }

  /** Forgets a model that was added; its kinds of question go back to the embedded ones. */
  async remove(model: string): Promise<void> {
    for (const memento of [this.context.globalState, this.context.workspaceState]) {
      await memento.update(
        addedKey,
        this.added(memento).filter((other) => other !== model),
      );
    }
    const kept = Object.entries(this.choices()).filter(
      ([, chosen]) => chosen !== model && !isVariantOf(model, chosen),
    );
    await this.context.workspaceState.update(currentKey, Object.fromEntries(kept));
    this.changed.fire();
  }

  /** Rejects a model that the workspace brought while the workspace is not trusted. */
  requireTrust(model: string): void {
    if (mayRun(this.entry(model))) return;
    throw new HeadlightError(
      'NotTrusted',
      vscode.l10n.t(
        'The model "{0}" is part of a workspace that is not trusted, so it is not run. Trust the workspace, or choose another model.',
        path.basename(model),
      ),
    );
  }

  dispose(): void {
    this.trust.dispose();
    this.changed.dispose();
    this.answering.dispose();
  }

  /**
   * A model and who brought it, whether it is in the list or not.
   * @param folder where it is one of several files; by default a folder in the list.
   */
  entry(model: string, folder = this.holderOf(model)): ModelEntry {
    const isEmbedded = this.embedded.includes(folder ?? model);
    const origin = isEmbedded ? 'embedded' : isInWorkspace(model) ? 'workspace' : 'user';
    if (folder === null) return { path: model, name: path.basename(model), origin, variant: null };
    const file = path.relative(folder, model).replaceAll(path.sep, '/');
    const name = `${path.basename(folder)} · ${file}`;
    return { path: model, name, origin, variant: { folder, file } };
  }

  /** What names a model in a link: an embedded one by its name, which is the same on every machine. */
  idOf(model: string): string {
    const { origin, name, variant } = this.entry(model);
    return origin === 'embedded' && !variant ? name : model;
  }

  /** The path of a model by what `idOf` gave; undefined where it is not among those at hand that may run here. */
  find(id: string): string | undefined {
    const listed = this.list().find(({ path: model }) => this.idOf(model) === id);
    if (listed) return listed.path;
    return this.holderOf(id) !== null && this.mayRun(id) ? id : undefined;
  }

  /** The folder among the models at hand that a file is a variant of. */
  private holderOf(model: string): string | null {
    const { globalState, workspaceState } = this.context;
    const all = [...this.embedded, ...this.added(globalState), ...this.added(workspaceState)];
    return all.find((folder) => isVariantOf(folder, model)) ?? null;
  }

  private added(memento: vscode.Memento): string[] {
    return memento.get<string[]>(addedKey, []);
  }

  private choices(): Partial<Record<QuestionKind, string>> {
    return this.context.workspaceState.get(currentKey, {});
  }
}

/** Whether a file is one of the `.onnx` files that make a folder a model; what lies deeper is a model by itself. */
function isVariantOf(folder: string, file: string): boolean {
  if (!file.toLowerCase().endsWith('.onnx')) return false;
  return [folder, path.join(folder, 'onnx')].includes(path.dirname(file));
}

/** Whether a model lies in a folder of the workspace, by whatever links the path to it leads. */
function isInWorkspace(model: string): boolean {
  if (vscode.workspace.getWorkspaceFolder(vscode.Uri.file(model))) return true;
  const folders = vscode.workspace.workspaceFolders?.filter(({ uri }) => uri.scheme === 'file') ?? [];
  const real = realPath(model);
  return folders.some(({ uri }) => {
    const inside = path.relative(realPath(uri.fsPath), real);
    return !inside.startsWith('..') && !path.isAbsolute(inside);
  });
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // Nothing is there.
  }
}

function mayRun(entry: ModelEntry): boolean {
  return entry.origin !== 'workspace' || vscode.workspace.isTrusted;
}
