const longest = 1000;

/** What is wrong with a model's bytes. The message names the fault; the caller knows the file. */
export class OnnxFormatError extends Error {
  constructor(message: string) {
    // Names from a file may be of any length.
    super(message.length > longest ? `${message.slice(0, longest)}…` : message);
    this.name = 'OnnxFormatError';
  }
}
