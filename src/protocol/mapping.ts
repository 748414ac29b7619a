/** How codes get their words: by chance, or the more frequent code the more frequent word. */
export type MappingMethod = { by: 'random'; seed: number } | { by: 'frequency'; corpus: string };

export interface MakeMappingQuestion {
  /** Its vocabulary gives the words. */
  model: string;
  /** The text of codes. */
  input: string;
  /** The mapping to write. */
  output: string;
  method: MappingMethod;
}

export interface MakeMappingResult extends Coverage {
  output: string;
  /** Words of the vocabulary that codes could be mapped to. */
  words: number;
}

export interface ApplyMappingQuestion {
  mapping: string;
  input: string;
  output: string;
  /** Put the codes back in the place of their words. */
  reverse: boolean;
}

/** How much of a text a mapping covers. */
export interface Coverage {
  /** Codes in the text, and those of them that the mapping has. */
  occurrences: number;
  mapped: number;
  /** The same, each code once. */
  distinct: number;
  distinctMapped: number;
  /** Some of the codes that it does not have: the first in the text. */
  unseen: string[];
}

export interface ApplyMappingResult extends Coverage {
  output: string;
  bytes: number;
  /** Codes without a word that look like one: marked by an underscore, which reversing takes away. */
  marked: number;
}
