import * as l10n from '@vscode/l10n';
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { messageOf } from '../core/errors';
import type { Device, EngineNotices } from '../protocol/engine';

/**
 * Opens a session on a device, and on the CPU where that device cannot be had.
 * @param fellBack hears why the CPU is used instead. @throws whatever onnxruntime throws for a model that even the
 * CPU cannot load.
 */
export async function openSession(
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
  device: Device,
  fellBack: (notice: EngineNotices['fellBack']) => void,
): Promise<InferenceSession> {
  if (device === 'cpu') return InferenceSession.create(model, options);
  // The runtime leaves out what it does not know, without a word.
  if (!listSupportedBackends().some(({ name }) => name === device)) {
    fellBack({ device, reason: l10n.t('the onnxruntime of this system has no {0}', device) });
    return InferenceSession.create(model, options);
  }
  try {
    return await InferenceSession.create(model, { ...options, executionProviders: [device, 'cpu'] });
  } catch (error) {
    const session = await InferenceSession.create(model, options);
    // In front of its reason the runtime names its own source line and condition.
    fellBack({
      device,
      reason: messageOf(error)
        .replace(/^.* was false\. /s, '')
        .trim(),
    });
    return session;
  }
}
