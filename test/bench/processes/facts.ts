/**
 * What is known of a model before it runs, told once by a process of its own, or its file read into memory once.
 * Arguments: `facts` or `read`, and the model's folder.
 */
import { readFileSync } from 'node:fs';
import { ModelStore } from '../../../src/engine/models/store';
import type { FactsSample } from '../measurements/facts';

const [way, folder = ''] = process.argv.slice(2);
const look =
  way === 'facts' ? () => new ModelStore().open(folder).facts : () => readFileSync(`${folder}/model.onnx`);
const before = process.memoryUsage.rss();
const start = performance.now();
look();
const sample: FactsSample = {
  milliseconds: performance.now() - start,
  grownBytes: process.resourceUsage().maxRSS * 1024 - before,
};
process.send!(sample);
