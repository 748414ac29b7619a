import type { ForwardPass, Recipe, StepIndex } from './recipes';

/** The passes of an encoder and of its decoder in another file as one: the decoder reads what the encoder gives. */
export function joinPasses(encoder: ForwardPass, decoder: ForwardPass): ForwardPass {
  const fed = decoder.steps.findIndex(({ recipe }) => recipe.kind === 'fed');
  const last = encoder.indexOf({ role: 'lastHiddenState', stack: 'encoder', layer: null });
  const moved = (step: StepIndex): StepIndex => {
    if (step < 0) return step;
    return step === fed ? last : encoder.steps.length + step - Number(fed >= 0 && step > fed);
  };
  const own = decoder.steps.filter((_, at) => at !== fed);
  return {
    steps: [
      ...encoder.steps,
      ...own.map((step) => ({ ...step, file: 1 as const, recipe: withSteps(step.recipe, moved) })),
    ],
    indexOf(place) {
      if (place.stack === 'encoder') return encoder.indexOf(place);
      return moved(decoder.indexOf(place));
    },
  };
}

/** A recipe with the numbers of its steps changed. */
function withSteps(recipe: Recipe, moved: (step: StepIndex) => StepIndex): Recipe {
  switch (recipe.kind) {
    case 'sum':
      return { ...recipe, terms: recipe.terms.map((term) => ({ ...term, step: moved(term.step) })) };
    case 'norm':
    case 'linear':
    case 'stages':
      return { ...recipe, input: moved(recipe.input) };
    case 'scores': {
      const { query, key, mask } = recipe;
      return { ...recipe, query: moved(query), key: moved(key), mask: mask === null ? null : moved(mask) };
    }
    case 'softmax':
      return { ...recipe, scores: moved(recipe.scores) };
    case 'context':
      return { ...recipe, probabilities: moved(recipe.probabilities), value: moved(recipe.value) };
    case 'concatenation':
      return { ...recipe, context: moved(recipe.context) };
    case 'activation': {
      const { inner, gate } = recipe;
      return { ...recipe, inner: moved(inner), gate: gate === null ? null : moved(gate) };
    }
    default:
      return recipe;
  }
}
