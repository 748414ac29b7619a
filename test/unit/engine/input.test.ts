import { describe, expect, it } from 'vitest';
import { input } from '../../../src/engine/inspections/input';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { tensorValues } from '../../../src/engine/onnx/tensorData';
import type { InputResult } from '../../../src/protocol/tensor';
import { embedded } from './references';
