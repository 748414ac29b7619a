import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as l10n from '@vscode/l10n';
import type { InferenceSession } from 'onnxruntime-common';
import type * as Native from 'onnxruntime-node';
import type * as Wasm from 'onnxruntime-web';
import { messageOf } from '../core/errors';
import type { Device, EngineNotices } from '../protocol/engine';
import type { Sidecar } from './onnx/sidecar';

export interface RuntimeOptions {
  /** Threads for one operator; 0 lets the runtime choose. */
  threads: number;
  device: Device;
  /** Hears what the model runs on instead of the device, and why. */
  fellBack: (notice: EngineNotices['fellBack']) => void;
}

type Runtime = { native: typeof Native } | { wasm: typeof Wasm; reason: string };

/** Packages, as the bundle finds them beside itself. */
const load = createRequire(__filename);
let loaded: Runtime | undefined;

/**
 * Opens a session by onnxruntime's native build, or by its WebAssembly build on a system that has no native one. A
 * device that cannot be had is replaced by the CPU.
 * @throws whatever onnxruntime throws for a model that even the CPU cannot load.
 */
export async function openSession(
  sidecar: Sidecar,
  { threads, device, fellBack }: RuntimeOptions,
): Promise<InferenceSession> {
  const common = { logSeverityLevel: 3 } as const;
  const runtime = loadRuntime(device);
  if ('wasm' in runtime) {
    const { wasm, reason } = runtime;
    if (device !== 'wasm') fellBack({ device, used: 'wasm', reason });
    if (threads > 0) wasm.env.wasm.numThreads = threads;
    const { model_external_initializers_file_folder_path: _, ...session } = sidecar.sessionConfig;
    // It reads no files by itself.
    const externalData = [...sidecar.files].map(([path, file]) => ({ path, data: readFileSync(file) }));
    return wasm.InferenceSession.create(sidecar.bytes, { ...common, externalData, extra: { session } });
  }
  const { InferenceSession, listSupportedBackends } = runtime.native;
  const options = {
    ...common,
    ...(threads > 0 && { intraOpNumThreads: threads }),
    extra: { session: sidecar.sessionConfig },
  };
  if (device === 'cpu') return InferenceSession.create(sidecar.bytes, options);
  // The runtime leaves out what it does not know, without a word.
  if (!listSupportedBackends().some(({ name }) => name === device)) {
    const reason = l10n.t('the onnxruntime of this system has no {0}', device);
    fellBack({ device, used: 'cpu', reason });
    return InferenceSession.create(sidecar.bytes, options);
  }
  try {
    return await InferenceSession.create(sidecar.bytes, { ...options, executionProviders: [device, 'cpu'] });
  } catch (error) {
    const session = await InferenceSession.create(sidecar.bytes, options);
    // In front of its reason the runtime names its own source line and condition.
    const reason = messageOf(error)
      .replace(/^.* was false\. /s, '')
      .trim();
    fellBack({ device, used: 'cpu', reason });
    return session;
  }
}

/**
 * Loads onnxruntime, once.
 * @throws the reason why there is no native build, where there is no other one, either.
 */
export function loadRuntime(device: Device): Runtime {
  return (loaded ??= findRuntime(device));
}

function findRuntime(device: Device): Runtime {
  const wasm = (reason: string): Runtime => ({ wasm: load('onnxruntime-web') as typeof Wasm, reason });
  if (device === 'wasm') return wasm('');
  try {
    return { native: load('onnxruntime-node') as typeof Native };
  } catch (error) {
    try {
      return wasm(l10n.t('there is no native onnxruntime for {0} on {1}', process.platform, process.arch));
    } catch {
      throw error;
    }
  }
}
