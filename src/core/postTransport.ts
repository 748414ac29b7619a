import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/lib/common/api';

/** Reads messages that arrive as objects, one per event. */
export class PostReader extends AbstractMessageReader implements MessageReader {
  /** @param subscribe starts listening; @returns how to stop. */
  constructor(private readonly subscribe: (listener: (message: unknown) => void) => Disposable) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    return this.subscribe((message) => callback(message as Message));
  }
}

/** Writes messages as objects, without encoding them. */
export class PostWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly post: (message: Message) => unknown) {
    super();
  }

  async write(message: Message): Promise<void> {
    await this.post(message);
  }

  end(): void {}
}
