/**
 * agent/mailbox/serve-worker - the side of the conversation that works as the user: requests from a stream, answers
 * to it. Counterpart: remote-worker.
 */
import type { Duplex } from 'node:stream';
import type {
  MailboxLimits,
  MailboxMessage,
  UserCommand,
  UserWorker,
} from '../../ipc/conversation/mailbox.js';
import { encodeFrame, type Frame, frameKind, FrameReader, splitJson, withJson } from './frames.js';

export type WorkerRequest =
  | {
      readonly op: 'maildir';
      readonly path: string;
      readonly message: MessageHeader;
      readonly limits: MailboxLimits;
    }
  | {
      readonly op: 'mbox';
      readonly path: string;
      readonly from: string;
      readonly message: MessageHeader;
      readonly limits: MailboxLimits;
    }
  | { readonly op: 'command'; readonly command: UserCommand; readonly message: MessageHeader }
  | { readonly op: 'readFile'; readonly path: string; readonly maxBytes: number };

export interface MessageHeader {
  readonly queueId: string;
  readonly prefix: string;
  readonly size: number;
  /** The content follows in frames; otherwise it is behind the request. */
  readonly streamed: boolean;
}

const maxQueued = 1024 * 1024; // content that waits for a slow disk: bytes over all requests

/** Serves until the stream ends. `allowsCommands` false: uid 0 never runs what a user or an alias wrote. */
export function serveWorker(stream: Duplex, worker: UserWorker, allowsCommands: boolean): void {
  const reader = new FrameReader();
  const inputs = new Map<number, ContentQueue>();
  let queued = 0;
  const account = (change: number): void => {
    queued += change;
    if (queued > maxQueued) stream.pause();
    else if (stream.isPaused()) stream.resume();
  };

  const handle = async (id: number, request: WorkerRequest, inline: Buffer): Promise<void> => {
    let answer: unknown;
    try {
      answer = { ok: await perform(id, request, inline) };
    } catch (error) {
      answer = { error: (error as Error).message };
    }
    inputs.get(id)?.drop();
    inputs.delete(id);
    stream.write(encodeFrame(frameKind.answer, id, ...withJson(answer)));
  };

  const perform = (id: number, request: WorkerRequest, inline: Buffer): Promise<unknown> => {
    switch (request.op) {
      case 'maildir':
        return worker.maildir(request.path, messageOf(id, request.message, inline), request.limits);
      case 'mbox':
        return worker.mbox(
          request.path,
          request.from,
          messageOf(id, request.message, inline),
          request.limits,
        );
      case 'command':
        if (!allowsCommands)
          return Promise.resolve({ is: 'failed', text: 'commands are not run as root' });
        return worker.command(request.command, messageOf(id, request.message, inline));
      case 'readFile':
        return worker.readFile(request.path, request.maxBytes).then((file) => file ?? null);
    }
  };

  const messageOf = (id: number, header: MessageHeader, inline: Buffer): MailboxMessage => {
    const { queueId, prefix, size } = header;
    if (!header.streamed)
      return {
        queueId,
        prefix,
        size,
        inline,
        content: () => [inline] as unknown as AsyncIterable<Uint8Array>,
      };
    const queue = inputs.get(id);
    if (!queue) throw new Error('no content');
    return { queueId, prefix, size, content: () => queue.read() };
  };

  const take = (frame: Frame): void => {
    if (frame.kind === frameKind.request) {
      const { value, rest } = splitJson(frame.bytes);
      const request = value as WorkerRequest;
      if (request.op !== 'readFile' && request.message.streamed)
        inputs.set(frame.id, new ContentQueue(account));
      void handle(frame.id, request, rest);
    } else if (frame.kind === frameKind.content) {
      inputs.get(frame.id)?.add(Buffer.from(frame.bytes));
    } else if (frame.kind === frameKind.end) {
      inputs.get(frame.id)?.end();
    }
  };

  stream.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.push(chunk)) take(frame);
    } catch {
      stream.destroy();
    }
  });
}

/** Chunks that came, for one reader. */
class ContentQueue {
  readonly #account: (change: number) => void;
  #chunks: Buffer[] = [];
  #ended = false;
  #dropped = false;
  #wake: (() => void) | undefined;

  constructor(account: (change: number) => void) {
    this.#account = account;
  }

  add(chunk: Buffer): void {
    if (this.#dropped) return;
    this.#chunks.push(chunk);
    this.#account(chunk.length);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Nobody reads any more. */
  drop(): void {
    this.#dropped = true;
    for (const chunk of this.#chunks.splice(0)) this.#account(-chunk.length);
  }

  async *read(): AsyncIterable<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#account(-chunk.length);
        yield chunk;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }
}
