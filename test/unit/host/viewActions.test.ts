import { describe, expect, it } from 'vitest';
import { actionsFor } from '../../../src/host/services/viewActions';

describe('what a person can do about an error', () => {
  it('is to select another model, but not where the question names its own', () => {
    expect(actionsFor('NoHead')).toEqual(['selectModel', 'runAgain']);
    expect(actionsFor('NoHead', true)).toEqual(['runAgain']);
    expect(actionsFor('OutOfMemory', true)).toEqual(['runAgain']);
    expect(actionsFor('Internal', true)).toEqual(['runAgain', 'showLog']);
  });
});
