import type { OnnxModel } from './types';

/** Makes names that no tensor of the model has, and none twice. */
export function unusedNames(model: OnnxModel): (wanted: string) => string {
  const taken = new Set([...model.initializers.keys(), ...model.sparseInitializers]);
  for (const input of model.inputs) taken.add(input.name);
  for (const node of model.nodes) for (const name of node.outputs) taken.add(name);
  return (wanted) => {
    let name = wanted;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return name;
  };
}
