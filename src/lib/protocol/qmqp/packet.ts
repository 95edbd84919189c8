/**
 * qmqp/packet - one QMQP request from its bytes: a netstring of netstrings, content, sender, recipients; pure.
 *
 * Standard: http://cr.yp.to/proto/qmqp.html, http://cr.yp.to/proto/netstrings.txt. Counterpart: daemon/qmqpd.
 */

export interface QmqpLimits {
  /** Bytes of content; 0: none. */
  readonly message: number;
  /** Bytes of an address. */
  readonly address: number;
  readonly recipients: number;
}

export type QmqpResult =
  | { readonly is: 'more' }
  | {
      readonly is: 'request';
      readonly content: Buffer;
      readonly sender: Buffer;
      readonly recipients: readonly Buffer[];
    }
  | { readonly is: 'error'; readonly text: string };

type Part = 'packet header' | 'content' | 'sender' | 'recipient' | 'packet trailer';

const names: Record<Part, string> = {
  'packet header': 'receiving QMQP packet header',
  content: 'receiving message content',
  sender: 'receiving sender address',
  recipient: 'receiving recipient address',
  'packet trailer': 'receiving QMQP packet trailer',
};

const maxDigits = 15;
const colon = 0x3a;
const comma = 0x2c;

export class QmqpPacket {
  readonly #limits: QmqpLimits;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #part: Part = 'packet header';
  /** Bytes of the packet that are not read yet. */
  #left = 0;
  /** Length of the netstring that is read now; undefined: its length is not read yet. */
  #length: number | undefined;
  #content: Buffer | undefined;
  #sender: Buffer | undefined;
  readonly #recipients: Buffer[] = [];

  constructor(limits: QmqpLimits) {
    this.#limits = limits;
  }

  /** What is being received, for the log. */
  get doing(): string {
    return names[this.#part];
  }

  receive(bytes: Buffer): QmqpResult {
    this.#chunks.push(bytes);
    this.#buffered += bytes.length;
    for (;;) {
      const result = this.#part === 'packet trailer' ? this.#end() : this.#netstring();
      if (result) return result;
    }
  }

  /** Undefined: something was read, go on. */
  #netstring(): QmqpResult | undefined {
    if (this.#length === undefined) {
      const length = this.#readLength();
      if (typeof length !== 'number') return length;
      if (this.#part === 'packet header') {
        this.#left = length;
        this.#part = 'content';
        return undefined;
      }
      const limit = this.#part === 'content' ? this.#limits.message : this.#limits.address;
      if (limit > 0 && length > limit) return this.#fail('netstring length exceeds storage limit');
      if (length + 1 > this.#left) return this.#fail('netstring format error');
      this.#length = length;
    }
    if (this.#buffered < this.#length + 1) return { is: 'more' };
    const text = this.#take(this.#length);
    if (this.#take(1)[0] !== comma) return this.#fail('netstring format error');
    this.#left -= this.#length + 1;
    this.#length = undefined;
    return this.#keep(text);
  }

  #keep(text: Buffer): QmqpResult | undefined {
    if (this.#part === 'content') {
      this.#content = text;
      this.#part = 'sender';
      return undefined;
    }
    if (this.#part === 'sender') this.#sender = text;
    else this.#recipients.push(text);
    if (this.#recipients.length > this.#limits.recipients) return this.#fail('too many recipients');
    this.#part = this.#left === 0 ? 'packet trailer' : 'recipient';
    return undefined;
  }

  #end(): QmqpResult {
    if (this.#buffered < 1) return { is: 'more' };
    if (this.#take(1)[0] !== comma) return this.#fail('netstring format error');
    return {
      is: 'request',
      content: this.#content ?? Buffer.alloc(0),
      sender: this.#sender ?? Buffer.alloc(0),
      recipients: this.#recipients,
    };
  }

  /** `123:` */
  #readLength(): number | QmqpResult {
    if (this.#part !== 'packet header' && this.#left === 0)
      return this.#fail('netstring format error');
    const start = this.#peek(maxDigits + 1);
    const end = start.indexOf(colon);
    const digits = start.subarray(0, end < 0 ? start.length : end).toString('latin1');
    if (!/^\d*$/.test(digits) || (end < 0 && start.length > maxDigits) || end === 0)
      return this.#fail('netstring format error');
    if (end < 0) return { is: 'more' };
    this.#take(end + 1);
    if (this.#part !== 'packet header') this.#left -= end + 1;
    return Number(digits);
  }

  #peek(count: number): Buffer {
    const [first] = this.#chunks;
    if (first && first.length >= count) return first.subarray(0, count);
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all.subarray(0, count);
  }

  #take(count: number): Buffer {
    const [first] = this.#chunks;
    const all = first && first.length >= count ? first : Buffer.concat(this.#chunks);
    const rest = all.subarray(count);
    this.#chunks = all === first ? [rest, ...this.#chunks.slice(1)] : [rest];
    this.#buffered -= count;
    return all.subarray(0, count);
  }

  #fail(text: string): QmqpResult {
    return { is: 'error', text: `${text} while ${this.doing}` };
  }
}
