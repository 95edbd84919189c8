/**
 * agent/mailbox/serve-worker - the side of the conversation that works as the user: requests from a stream, answers
 * to it. Counterpart: remote-worker.
 *
 * When the stream ends, what has come whole is finished, and what has come in part fails and is undone.
 */
import type { Duplex } from 'node:stream';
import type { MailboxMessage, UserWorker } from '../../ipc/conversation/mailbox.js';
import { ContentQueue } from './content-queue.js';
import {
  decodeJson,
  encodeJson,
  type Frame,
  frameKind,
  FrameReader,
  FrameWriter,
} from './frames.js';
import type { MessageHeader, WorkerAnswer, WorkerRequest } from './requests.js';

const maxQueued = 1024 * 1024; // content that waits for a slow disk: bytes over all requests

/** What this worker may be asked for. Root never runs or reads what a user or an alias names. */
export interface WorkerRights {
  readonly commands: boolean;
  readonly files: boolean;
}

/** Resolves when the stream has ended and all is done. */
export function serveWorker(
  stream: Duplex,
  worker: UserWorker,
  rights: WorkerRights,
): Promise<void> {
  const server = new Server(stream, worker, rights);
  return server.ended;
}

class Server {
  readonly #stream: Duplex;
  readonly #writer: FrameWriter;
  readonly #worker: UserWorker;
  readonly #rights: WorkerRights;
  readonly #inputs = new Map<number, ContentQueue>();
  readonly ended: Promise<void>;
  #queued = 0;
  #busy = 0;
  #hasEnded = false;
  #finish: () => void = () => undefined;

  constructor(stream: Duplex, worker: UserWorker, rights: WorkerRights) {
    this.#stream = stream;
    this.#writer = new FrameWriter(stream);
    this.#worker = worker;
    this.#rights = rights;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const reader = new FrameReader();
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk)) this.#take(frame);
      } catch {
        stream.destroy();
      }
    });
    for (const event of ['end', 'close', 'error']) stream.on(event, () => this.#end());
  }

  #end(): void {
    this.#hasEnded = true;
    for (const input of this.#inputs.values()) input.fail(new Error('the queue is gone'));
    if (this.#busy === 0) this.#finish();
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case frameKind.request: {
        const { value, rest } = decodeJson(frame.bytes);
        const request = value as WorkerRequest;
        if (request.op !== 'readFile' && request.message.streamed)
          this.#inputs.set(frame.id, new ContentQueue((change) => this.#account(change)));
        void this.#handle(frame.id, request, rest);
        return;
      }
      case frameKind.content:
        this.#inputs.get(frame.id)?.add(frame.bytes);
        return;
      case frameKind.end:
        this.#inputs.get(frame.id)?.end();
        return;
      case frameKind.abort:
        this.#inputs.get(frame.id)?.fail(new Error(frame.bytes.toString()));
        return;
      default:
        throw new Error(`frame of kind ${frame.kind}`);
    }
  }

  #account(change: number): void {
    this.#queued += change;
    if (this.#queued > maxQueued) this.#stream.pause();
    else if (this.#stream.isPaused()) this.#stream.resume();
  }

  /** Never rejects: errors are answers. */
  async #handle(id: number, request: WorkerRequest, inline: Buffer): Promise<void> {
    this.#busy += 1;
    let answer: WorkerAnswer;
    try {
      answer = { ok: await this.#perform(id, request, inline) };
    } catch (error) {
      answer = { error: (error as Error).message };
    }
    this.#inputs.get(id)?.drop();
    this.#inputs.delete(id);
    if (!this.#stream.destroyed) this.#writer.write(encodeJson(frameKind.answer, id, answer));
    this.#busy -= 1;
    if (this.#hasEnded && this.#busy === 0) this.#finish();
  }

  #perform(id: number, request: WorkerRequest, inline: Buffer): Promise<unknown> {
    const worker = this.#worker;
    switch (request.op) {
      case 'maildir': {
        const message = this.#message(id, request.message, inline);
        return worker.maildir(request.path, message, request.limits);
      }
      case 'mbox': {
        const message = this.#message(id, request.message, inline);
        return worker.mbox(request.path, request.from, message, request.limits);
      }
      case 'command': {
        if (!this.#rights.commands) throw new Error('this mailbox helper runs no commands');
        return worker.command(request.command, this.#message(id, request.message, inline));
      }
      case 'readFile':
        if (!this.#rights.files) throw new Error('this mailbox helper reads no files');
        return worker.readFile(request.path, request.options);
      default:
        throw new Error('no such request');
    }
  }

  #message(id: number, header: MessageHeader, inline: Buffer): MailboxMessage {
    const { queueId, prefix, size, mayBeThereSince: since } = header;
    const message = {
      queueId,
      prefix,
      size,
      ...(since === undefined ? {} : { mayBeThereSince: since }),
    };
    const queue = this.#inputs.get(id);
    if (queue) return { ...message, content: () => queue.read() };
    return { ...message, inline, content: () => once(inline) };
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
