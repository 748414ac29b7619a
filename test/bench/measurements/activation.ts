import type { Measurement } from '../measurement';
import { measureInHost } from '../hostRun';
import type { Pair } from '../statistics';

const hosts = 3;

/**
 * The first and only call of `activate()` in a real extension host, over loading its bundle once more in that
 * host: what running all its code costs without doing anything. A fresh host each.
 */
export const activation: Measurement = {
  name: 'activation',
  async measure(model) {
    const pairs: Pair[] = [];
    for (let host = 0; host < hosts; host++) pairs.push(...(await measureInHost('activation', model)));
    return [
      {
        what: 'activate()',
        over: 'loading its bundle once more',
        unit: 'ms',
        pairs,
        aim: { of: 'value', atMost: 20 },
      },
    ];
  },
};
