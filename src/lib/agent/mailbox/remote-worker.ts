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
import {
  decodeJson,
  encodeFrame,
  encodeJson,
  frameKind,
  FrameReader,
  FrameWriter,
} from './frames.js';
import type { MessageHeader, WorkerAnswer, WorkerRequest } from './requests.js';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Content up to this size rides in the request's own frame. */
const maxInline = 512 * 1024;

export class RemoteWorker implements UserWorker {
  readonly #stream: Duplex;
  readonly #writer: FrameWriter;
  readonly #waiting = new Map<number, Waiting>();
  /** Reads that have not left yet: whoever asks the same meanwhile shares the answer, which is no older than the call. */
  readonly #unsentReads = new Map<string, Promise<UserFile>>();
  readonly #onIdle: () => void;
  #nextId = 1;
  #closed: Error | undefined;
  lastUsed = 0;

  /** @param onIdle called when the last of the requests was answered, and when the worker is gone */
  constructor(stream: Duplex, onIdle: () => void = () => undefined) {
    this.#stream = stream;
    this.#writer = new FrameWriter(stream, () => this.#unsentReads.clear());
    this.#onIdle = onIdle;
    const reader = new FrameReader();
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const { kind, id, bytes } of reader.push(chunk))
          if (kind === frameKind.answer) this.#answer(id, bytes);
      } catch (error) {
        stream.destroy(error as Error);
      }
    });
    const gone = new Error('mailbox helper ended');
    stream.on('error', (error) => this.#fail(error));
    stream.on('close', () => this.#fail(gone));
    stream.on('end', () => this.#fail(gone));
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
    const request = { op: 'maildir', path, limits, message: headerOf(message) } as const;
    return this.#call(request, message) as Promise<MailboxOutcome>;
  }

  mbox(
    path: string,
    from: string,
    message: MailboxMessage,
    limits: Parameters<UserWorker['mbox']>[3],
  ): Promise<MailboxOutcome> {
    const request = { op: 'mbox', path, from, limits, message: headerOf(message) } as const;
    return this.#call(request, message) as Promise<MailboxOutcome>;
  }

  command(
    command: Parameters<UserWorker['command']>[0],
    message: MailboxMessage,
  ): Promise<CommandOutcome> {
    const request = { op: 'command', command, message: headerOf(message) } as const;
    return this.#call(request, message) as Promise<CommandOutcome>;
  }

  readFile(path: string, options: Parameters<UserWorker['readFile']>[1]): Promise<UserFile> {
    const key = JSON.stringify([path, options]);
    const same = this.#unsentReads.get(key);
    if (same) return same;
    const answer = this.#call({ op: 'readFile', path, options }) as Promise<UserFile>;
    this.#unsentReads.set(key, answer);
    return answer;
  }

  /** No more requests; those under way are still answered. */
  close(): void {
    this.#closed ??= new Error('mailbox helper was closed');
    if (this.#waiting.size === 0) this.#stream.end();
  }

  #call(request: WorkerRequest, message?: MailboxMessage): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId;
    this.#nextId = (this.#nextId % 0xffffffff) + 1;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    const inline = isInline(message) ? message.inline : undefined;
    this.#writer.write(encodeJson(frameKind.request, id, request, inline));
    if (message && !inline) void this.#sendContent(id, message);
    return answer;
  }

  /** Never rejects: what goes wrong is told to the helper, which answers the request. */
  async #sendContent(id: number, message: MailboxMessage): Promise<void> {
    try {
      for await (const chunk of message.content()) {
        if (!this.#waiting.has(id)) return; // answered early, or the helper is gone
        if (!this.#writer.write(encodeFrame(frameKind.content, id, chunk))) await this.#drained();
      }
      this.#writer.write(encodeFrame(frameKind.end, id));
    } catch (error) {
      // The content cannot be read: the helper must not think that it has all of it.
      const why = Buffer.from((error as Error).message);
      this.#writer.write(encodeFrame(frameKind.abort, id, why));
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done).off('close', done);
        resolve();
      };
      if (this.#stream.destroyed) resolve();
      else this.#stream.once('drain', done).once('close', done);
    });
  }

  #answer(id: number, bytes: Buffer): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    const answer = decodeJson(bytes).value as WorkerAnswer;
    if ('error' in answer) waiting.reject(new Error(answer.error));
    else waiting.resolve(answer.ok);
    if (this.#waiting.size > 0) return;
    if (this.#closed) this.#stream.end();
    this.#onIdle();
  }

  #fail(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#onIdle();
  }
}

function isInline(
  message: MailboxMessage | undefined,
): message is MailboxMessage & { readonly inline: Uint8Array } {
  return message?.inline !== undefined && message.inline.length <= maxInline;
}

function headerOf(message: MailboxMessage): MessageHeader {
  const { queueId, prefix, size, mayBeThereSince } = message;
  const since = mayBeThereSince === undefined ? {} : { mayBeThereSince };
  return { queueId, prefix, size, ...since, streamed: !isInline(message) };
}
