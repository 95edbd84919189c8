/**
 * agent/mailbox/remote-worker - a UserWorker in another process, spoken to over a stream. Counterpart: serve-worker.
 */
import type { Duplex } from 'node:stream';
import type {
  CommandOutcome,
  MailboxMessage,
  MailboxOutcome,
  UserFile,
  UserWorker,
} from '../../ipc/conversation/mailbox.js';
import { encodeFrame, frameKind, FrameReader, splitJson, withJson } from './frames.js';
import type { MessageHeader, WorkerRequest } from './serve-worker.js';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class RemoteWorker implements UserWorker {
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closed: Error | undefined;
  lastUsed = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
    const reader = new FrameReader();
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const { kind, id, bytes } of reader.push(chunk))
          if (kind === frameKind.answer) this.#answer(id, bytes);
      } catch (error) {
        stream.destroy(error as Error);
      }
    });
    const fail = (error?: Error): void => this.#fail(error ?? new Error('mailbox helper ended'));
    stream.on('error', fail);
    stream.on('close', () => fail());
    stream.on('end', () => fail());
  }

  get isUsable(): boolean {
    return this.#closed === undefined;
  }

  get busy(): number {
    return this.#waiting.size;
  }

  maildir(
    path: string,
    message: MailboxMessage,
    limits: Parameters<UserWorker['maildir']>[2],
  ): Promise<MailboxOutcome> {
    return this.#call(
      { op: 'maildir', path, limits, message: headerOf(message) },
      message,
    ) as Promise<MailboxOutcome>;
  }

  mbox(
    path: string,
    from: string,
    message: MailboxMessage,
    limits: Parameters<UserWorker['mbox']>[3],
  ): Promise<MailboxOutcome> {
    return this.#call(
      { op: 'mbox', path, from, limits, message: headerOf(message) },
      message,
    ) as Promise<MailboxOutcome>;
  }

  command(
    command: Parameters<UserWorker['command']>[0],
    message: MailboxMessage,
  ): Promise<CommandOutcome> {
    return this.#call(
      { op: 'command', command, message: headerOf(message) },
      message,
    ) as Promise<CommandOutcome>;
  }

  async readFile(path: string, maxBytes: number): Promise<UserFile | undefined> {
    return ((await this.#call({ op: 'readFile', path, maxBytes })) as UserFile | null) ?? undefined;
  }

  close(): void {
    this.#stream.end();
  }

  #call(request: WorkerRequest, message?: MailboxMessage): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId;
    this.#nextId = (this.#nextId % 0xffffffff) + 1;
    const answer = new Promise<unknown>((resolve, reject) =>
      this.#waiting.set(id, { resolve, reject }),
    );
    this.#stream.write(encodeFrame(frameKind.request, id, ...withJson(request, message?.inline)));
    if (message && !message.inline) void this.#sendContent(id, message);
    return answer;
  }

  async #sendContent(id: number, message: MailboxMessage): Promise<void> {
    try {
      for await (const chunk of message.content()) {
        if (!this.#waiting.has(id)) return; // answered early, or the helper is gone
        if (!this.#stream.write(encodeFrame(frameKind.content, id, chunk))) await this.#drained();
      }
      this.#stream.write(encodeFrame(frameKind.end, id));
    } catch (error) {
      // The content cannot be read: the helper must not think that it has all of it.
      this.#fail(error as Error);
      this.#stream.destroy();
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done);
        this.#stream.off('close', done);
        resolve();
      };
      this.#stream.once('drain', done);
      this.#stream.once('close', done);
    });
  }

  #answer(id: number, bytes: Buffer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    const { value } = splitJson(bytes);
    const { ok, error } = value as { ok?: unknown; error?: string };
    if (error === undefined) waiting?.resolve(ok);
    else waiting?.reject(new Error(error));
  }

  #fail(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function headerOf(message: MailboxMessage): MessageHeader {
  return {
    queueId: message.queueId,
    prefix: message.prefix,
    size: message.size,
    streamed: message.inline === undefined,
  };
}
