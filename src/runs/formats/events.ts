import type { HyperparameterValue } from '../../protocol/runs';
import type { LogData } from '../logData';
import { bucketsOfSummary, bucketsOfTensor } from './histograms';
import { isRecord, parseLooseJson } from './looseJson';
import { eachField } from './protobuf';
import { tensorOf } from './tensor';

type Range = [start: number, end: number];

/** What a `Summary.Value` (summary.proto) holds, besides its tag. */
interface Value {
  simple: number | null;
  image: Range | null;
  histogram: Range | null;
  tensor: Range | null;
}

/** Reads events of any kind, field by field. */
export class EventReader {
  /** The plugin of each tag that named one: only its first event need do so. */
  private readonly plugins = new Map<string, string>();

  constructor(private readonly data: LogData) {}

  /** Reads an `Event` (event.proto): wall_time 1, step 2, summary 5. @throws Error when the bytes are none. */
  read(bytes: Buffer, start: number, end: number): void {
    let [wallTime, step] = [NaN, 0];
    const summaries: Range[] = [];
    eachField(bytes, start, end, (field) => {
      if (field.number === 1 && field.wire === 1) wallTime = bytes.readDoubleLE(field.start);
      else if (field.number === 2 && field.wire === 0) step = field.value;
      else if (field.number === 5 && field.wire === 2) summaries.push([field.start, field.end]);
    });
    for (const [from, to] of summaries)
      eachField(bytes, from, to, (value) => {
        if (value.number === 1 && value.wire === 2) this.value(bytes, value.start, value.end, step, wallTime);
      });
  }

  /** Reads a `Summary.Value`: tag 1, simple_value 2, image 4, histo 5, tensor 8, metadata 9. */
  private value(bytes: Buffer, start: number, end: number, step: number, wallTime: number): void {
    let tag = '';
    const value: Value = { simple: null, image: null, histogram: null, tensor: null };
    eachField(bytes, start, end, (field) => {
      const range: Range = [field.start, field.end];
      if (field.number === 2 && field.wire === 5) value.simple = bytes.readFloatLE(field.start);
      if (field.wire !== 2) return;
      if (field.number === 1) tag = bytes.toString('utf8', ...range);
      else if (field.number === 4) value.image = range;
      else if (field.number === 5) value.histogram = range;
      else if (field.number === 8) value.tensor = range;
      else if (field.number === 9) this.plugins.set(tag, pluginOf(bytes, ...range));
    });
    const { data } = this;
    if (value.simple !== null) data.point(tag, step, value.simple, wallTime);
    else if (value.image) data.image(tag, step);
    else if (value.histogram)
      data.histogram(tag, step, wallTime, bucketsOfSummary(bytes, ...value.histogram));
    else if (value.tensor) this.tensor(bytes, value.tensor, tag, step, wallTime);
  }

  private tensor(bytes: Buffer, range: Range, tag: string, step: number, wallTime: number): void {
    const { data } = this;
    const plugin = this.plugins.get(tag);
    // The pictures themselves are not read.
    if (plugin === 'images') return data.image(tag, step);
    const { shape, numbers, strings } = tensorOf(bytes, ...range);
    if (plugin === 'histograms') {
      const buckets = bucketsOfTensor(shape, numbers);
      if (buckets) data.histogram(tag, step, wallTime, buckets);
    } else if (strings.length > 0) {
      if (plugin === undefined || plugin === 'text') addText(tag, step, strings[0]!.toString('utf8'), data);
    } else if (shape.every((size) => size === 1) && numbers.length > 0)
      data.point(tag, step, numbers[0]!, wallTime);
  }
}

/** The name of the plugin that a `SummaryMetadata` is for: plugin_data 1, its plugin_name 1. */
function pluginOf(bytes: Buffer, start: number, end: number): string {
  let name = '';
  eachField(bytes, start, end, (field) => {
    if (field.number !== 1 || field.wire !== 2) return;
    eachField(bytes, field.start, field.end, (inner) => {
      if (inner.number === 1 && inner.wire === 2) name = bytes.toString('utf8', inner.start, inner.end);
    });
  });
  return name;
}

/** Keeps a text; the arguments that Hugging Face's Trainer logs are hyperparameters. */
function addText(tag: string, step: number, content: string, data: LogData): void {
  data.texts.push({ tag: tag.replace(/\/text_summary$/, ''), step, text: content });
  if (!/^args(\/text_summary)?$/.test(tag)) return;
  try {
    const values = parseLooseJson(content);
    if (!isRecord(values)) return;
    for (const [name, value] of Object.entries(values))
      if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
        data.hyperparameters[name] = value as HyperparameterValue;
  } catch {
    // It is a text all the same.
  }
}
