/** Who wrote the logs of a run. */
export type RunFormat =
  'trainerState' | 'tensorboard' | 'lightning' | 'csv' | 'jsonl' | 'mlflow' | 'visualdl' | 'trackio';

/** One metric over training, in the order in which it was written; a point is an index into all three. */
export interface Series {
  tag: string;
  steps: Float64Array;
  /** NaN and infinities are kept. */
  values: Float64Array;
  /** Seconds since 1970; empty when the log has none. */
  wallTimes: Float64Array;
}

export type HyperparameterValue = string | number | boolean | null;

/** A text that the trainer logged. */
export interface RunText {
  tag: string;
  step: number;
  text: string;
}

/** How the values of one tag, as the weights of a layer, were distributed over training. */
export interface Histograms {
  tag: string;
  /** In the order in which they were written. */
  points: {
    step: number;
    /** Seconds since 1970; NaN when the log has none. */
    wallTime: number;
    /** Left edge, right edge and count of each bucket, one after the other: three numbers a bucket, from left to right. */
    buckets: Float64Array;
  }[];
}

/** Which images of one tag were logged; the images themselves stay in the log. */
export interface Images {
  tag: string;
  steps: number[];
}

/** A training run, read from its logs. */
export interface Run {
  name: string;
  /** The folder or file that the run is named by, absolute. */
  path: string;
  format: RunFormat;
  hyperparameters: Record<string, HyperparameterValue>;
  series: Series[];
  texts: RunText[];
  histograms: Histograms[];
  images: Images[];
  /** What the trainer itself called its best checkpoint. */
  best: { step: number; value: number | null } | null;
  /** When a log was last written, in milliseconds since 1970. */
  modified: number;
  problems: RunProblem[];
}

/** What is wrong with a file, and what was done about it. */
export interface RunProblem {
  path: string;
  message: string;
}

/** What was read from some paths. */
export interface RunsResult {
  runs: Run[];
  problems: RunProblem[];
}

/** A run of which only the files are known. */
export interface FoundRun {
  name: string;
  path: string;
  format: RunFormat;
  modified: number;
}

/** The best checkpoint of a run. */
export interface RunBest {
  /** What says so: the trainer itself, the metric that a person chose, or the validation loss. */
  by: 'trainer' | 'choice' | 'validation';
  /** Of the metric; null when the trainer does not tell which. */
  tag: string | null;
  step: number;
  value: number | null;
  /** Whether less of the metric is better; says nothing of the trainer's own. */
  less: boolean;
}

/** What a run has come to. */
export interface RunSummary {
  /** When a log was last written, in milliseconds since 1970. */
  modified: number;
  /** null when a log is too large to tell without reading it through. */
  lastStep: number | null;
  /** How many steps the trainer wants to make. */
  plannedSteps: number | null;
  best: RunBest | null;
}

/** Requests that the log reader answers. */
export interface RunsRequests {
  initialize: {
    params: {
      translations?: Record<string, string | { message: string; comment: string[] }>;
      /** Whether the contents of event files are held against their checksums, too. */
      checkData?: boolean;
    };
    result: null;
  };
  /** The runs below some folders, without reading them through. */
  find: { params: { folders: string[] }; result: FoundRun[] };
  /** What a run that was found has come to, without reading a large one through; null when its files are gone. */
  summarise: { params: { path: string; format: RunFormat }; result: RunSummary | null };
  /**
   * Reads runs, from where they were read last. With the version that the asker has in `known`, there are no runs in the
   * result when nothing is new: then `version` is the same.
   */
  read: { params: { paths: string[]; known?: string }; result: RunsResult & { version: string } };
  /** Lets go of what was read of these paths: nobody shows them any more. */
  release: { params: { paths: string[] }; result: null };
}
