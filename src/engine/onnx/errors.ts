/** What is wrong with a model's bytes. The message names the fault; the caller knows the file. */
export class OnnxFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OnnxFormatError';
  }
}
