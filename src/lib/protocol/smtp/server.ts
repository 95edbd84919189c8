/**
 * protocol/smtp/server - the server half of an SMTP conversation: bytes in, events out; no I/O.
 *
 * Contract: protocol/smtp/server-machine. Invariant: while a reply is owed next() gives nothing, so commands that
 * came early wait their turn, and no recursion is needed for any number of them.
 */
import { countLineEnds } from '../../util/line-ends.js';
import { trimEnd, trimStart } from '../../util/trim.js';
import { DotDecoder, withLf } from './dot.js';
import { InputBuffer } from './line.js';
import { type Reply, serializeReply } from './reply.js';
import type {
  BareNewline,
  ServerEvent,
  ServerMachine,
  ServerMachineOptions,
} from './server-machine.js';

type State =
  | { readonly is: 'command' }
  | { readonly is: 'line'; readonly maxLine: number }
  | { readonly is: 'data'; readonly decoder: DotDecoder }
  | {
      readonly is: 'chunk';
      readonly last: boolean;
      readonly skip: boolean;
      left: number;
      readonly size: number;
    };

const command: State = { is: 'command' };

export function createServerMachine(options: ServerMachineOptions): ServerMachine {
  return new Machine(options);
}

class Machine implements ServerMachine {
  readonly #maxLine: number;
  #bareNewline: BareNewline;
  readonly #input = new InputBuffer();
  readonly #queued: ServerEvent[] = [];
  #state: State = command;
  /** The greeting is owed first. */
  #owed = true;
  #wireBytes = 0;
  #reportedBareNewline = false;
  /** CRs that ended the last piece of BDAT content: half of a line end, perhaps. */
  #chunkCrs = '';

  constructor(options: ServerMachineOptions) {
    this.#maxLine = options.maxLine;
    this.#bareNewline = options.bareNewline;
  }

  get buffered(): number {
    return this.#input.length;
  }

  receive(bytes: Uint8Array): void {
    this.#input.add(bytes);
  }

  next(): ServerEvent | undefined {
    const queued = this.#queued.shift();
    if (queued) {
      if (queued.is === 'command' || queued.is === 'line' || queued.is === 'content-end')
        this.#owed = true;
      return queued;
    }
    if (this.#owed) return undefined;
    switch (this.#state.is) {
      case 'command':
        return this.#nextCommand();
      case 'line':
        return this.#nextLine(this.#state.maxLine);
      case 'data':
        return this.#nextData(this.#state.decoder);
      case 'chunk':
        return this.#nextChunk(this.#state);
    }
  }

  reply(answer: Reply): Uint8Array {
    this.#owed = false;
    if (this.#state.is === 'line') this.#state = command;
    if (answer.code === 354) {
      const bareNewline = this.#bareNewline;
      const rule = bareNewline === 'no' ? 'line-end' : 'normalize';
      this.#state = { is: 'data', decoder: new DotDecoder(rule, bareNewline === 'reject') };
      this.#wireBytes = 0;
      this.#reportedBareNewline = false;
    }
    return serializeReply(answer);
  }

  continueWithLine(maxLine: number): void {
    this.#state = { is: 'line', maxLine };
  }

  startChunk(size: number, last: boolean): void {
    this.#owed = false;
    this.#state = { is: 'chunk', size, left: size, last, skip: false };
  }

  skipChunk(size: number): void {
    this.#owed = false;
    this.#state = { is: 'chunk', size, left: size, last: false, skip: true };
    this.#chunkCrs = '';
  }

  startTls(): number {
    this.#queued.length = 0;
    this.#owed = false;
    return this.#input.clear();
  }

  allowBareNewline(): void {
    this.#bareNewline = 'no';
  }

  peek(limit: number): string {
    return this.#input.peek(limit);
  }

  #nextCommand(): ServerEvent | undefined {
    const result = this.#input.line(this.#maxLine);
    if (result.is === 'more') return undefined;
    if (result.is === 'too-long') {
      // The start of the line is a command still, as in Postfix; who wants to refuses it.
      this.#queued.push(commandEvent(result.text));
      return { is: 'violation', violation: 'line-too-long', text: result.text };
    }
    const event = commandEvent(result.text);
    if (event.verb !== 'BDAT') this.#chunkCrs = ''; // what a chunk left belongs to its message only
    if (result.bare && this.#bareNewline === 'reject') {
      this.#queued.push(event);
      return { is: 'violation', violation: 'bare-newline', text: result.text };
    }
    this.#owed = true;
    return event;
  }

  #nextLine(maxLine: number): ServerEvent | undefined {
    const result = this.#input.line(maxLine);
    if (result.is === 'more') return undefined;
    this.#owed = true;
    return { is: 'line', line: result.text, isTooLong: result.is === 'too-long' };
  }

  #nextData(decoder: DotDecoder): ServerEvent | undefined {
    if (this.#input.length === 0) return undefined;
    const bytes = this.#input.take();
    const { chunk, lineEnds, done, used } = decoder.decode(bytes);
    this.#wireBytes += used;
    if (used < bytes.length) this.#input.unread(bytes.subarray(used));
    const events: ServerEvent[] = [];
    if (decoder.sawBareNewline && !this.#reportedBareNewline) {
      this.#reportedBareNewline = true;
      events.push({ is: 'violation', violation: 'bare-newline', text: '' });
    }
    if (chunk.length > 0) events.push({ is: 'content', chunk, lineEnds });
    if (done) {
      this.#state = command;
      events.push({ is: 'content-end', last: true, wireBytes: this.#wireBytes });
    }
    const [first, ...others] = events;
    this.#queued.push(...others);
    if (first?.is === 'content-end') this.#owed = true;
    return first;
  }

  #nextChunk(state: Extract<State, { is: 'chunk' }>): ServerEvent | undefined {
    if (state.left > 0) {
      if (this.#input.length === 0) return undefined;
      const bytes = this.#input.take(state.left);
      state.left -= bytes.length;
      if (state.skip) {
        if (state.left === 0) this.#state = command;
        return this.next();
      }
      const content = this.#chunkLines(bytes, state.last && state.left === 0);
      if (content.chunk.length > 0) return { is: 'content', ...content };
      return this.#nextChunk(state);
    }
    this.#state = command;
    if (state.skip) return this.next();
    this.#owed = true;
    return { is: 'content-end', last: state.last, wireBytes: state.size };
  }

  /** RFC 3030 content: CRLF to LF, also when the pair is split between two pieces. */
  #chunkLines(bytes: Buffer, isEnd: boolean): { chunk: Buffer; lineEnds: number } {
    const text = this.#chunkCrs + bytes.toString('latin1');
    let cut = text.length;
    while (cut > 0 && !isEnd && text.length - cut < maxHeldCrs && text[cut - 1] === '\r') cut -= 1;
    this.#chunkCrs = text.slice(cut);
    const lines = withLf(text.slice(0, cut));
    return { chunk: Buffer.from(lines, 'latin1'), lineEnds: countLineEnds(lines) };
  }
}

const maxHeldCrs = 64;

const firstBlanks = /[ \t]+/;

/** A command line in two: the verb in upper case ('' for an empty line), and what follows it. */
export function parseCommand(line: string): { readonly verb: string; readonly argument: string } {
  const trimmed = trimStart(trimEnd(line, ' \t\r'), ' \t');
  const blanks = firstBlanks.exec(trimmed);
  if (!blanks) return { verb: trimmed.toUpperCase(), argument: '' };
  const verb = trimmed.slice(0, blanks.index).toUpperCase();
  return { verb, argument: trimmed.slice(blanks.index + blanks[0].length) };
}

function commandEvent(line: string): Extract<ServerEvent, { is: 'command' }> {
  return { is: 'command', ...parseCommand(line), line };
}
