import { measureInHost } from '../hostRun';
import type { Measurement } from '../measurement';
import { eventFile } from '../runLogs';

/**
 * The longest time that nothing else could run in the extension host while attention is run on a long text, or a long log
 * is opened, and shown, over the longest such time of the idle host in as many milliseconds.
 */
export const pause: Measurement = {
  name: 'pause',
  async measure(model) {
    const log = eventFile(1e6);
    return [
      {
        what: 'longest pause of the extension host, attention of 512 tokens',
        over: 'the idle host',
        unit: 'ms',
        pairs: await measureInHost('pause', model),
        aim: { of: 'value', atMost: 20 },
      },
      {
        what: `longest pause of the extension host, ${log.what}`,
        over: 'the idle host',
        unit: 'ms',
        pairs: await measureInHost('logPause', model, log.file),
        aim: { of: 'value', atMost: 20 },
      },
    ];
  },
};
