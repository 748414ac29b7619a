import type { ErrorCode } from '../../protocol/errors';
import type { ViewAction } from '../../protocol/views';

/**
 * What a person can do about an error.
 * @param ownModel the question names its model, so that to select another does not help.
 */
export function actionsFor(code: ErrorCode, ownModel = false): ViewAction[] {
  return usualActions(code).filter((action) => !(ownModel && action === 'selectModel'));
}

function usualActions(code: ErrorCode): ViewAction[] {
  switch (code) {
    case 'ModelNotFound':
    case 'NotTrusted':
    case 'OnnxMissing':
    case 'OnnxInvalid':
    case 'TokenizerMissing':
    case 'TokenizerInvalid':
    case 'ConfigInvalid':
    case 'InputsUnsupported':
    case 'NoMlmHead':
    case 'NoAttention':
    case 'TensorMissing':
    case 'NoHead':
      return ['selectModel', 'runAgain'];
    case 'TimedOut':
    case 'OutOfMemory':
      return ['runAgain', 'selectModel'];
    case 'OverBudget':
      return ['runAnyway'];
    case 'HubDenied':
    case 'DownloadFailed':
    case 'EngineDied':
    case 'WrongUsage':
    case 'Internal':
      return ['runAgain', 'showLog'];
    case 'Cancelled':
    case 'NoMask':
    case 'NoPair':
    case 'TextTooLong':
    case 'NoTokens':
    case 'TraceGone':
    case 'NoRuns':
    case 'NotComparable':
    case 'FileUnusable':
    case 'MappingInvalid':
      return ['runAgain'];
  }
}
