import type { OnnxModel } from './types';

/** Makes names that no tensor of the model has, and none twice. */
export function unusedNames(model: OnnxModel): (wanted: string) => string {
  const taken = new Set([...model.initializers.keys(), ...model.sparseInitializers]);
  for (const input of model.inputs) taken.add(input.name);
  for (const node of model.nodes) for (const name of node.outputs) taken.add(name);
  const counts = new Map<string, number>();
  return (wanted) => {
    let name = wanted;
    let count = counts.get(wanted) ?? 0;
    while (taken.has(name)) name = `${wanted}_${++count}`;
    counts.set(wanted, count);
    taken.add(name);
    return name;
  };
}
