/** target/maildrop - submissions as sendmail leaves them, junk included. */
import {
  encodeEnd,
  encodeRecipient,
  encodeSubmission,
  kind,
  record,
} from '../../../lib/queue/maildrop/format.js';
import {
  type ByteSource,
  Malformed,
  readContent,
  readEnvelope,
} from '../../../lib/queue/maildrop/read.js';
import { type FuzzTarget, must, mustBeOneLine } from '../target.js';

const submission = (localRewrite: boolean): Buffer =>
  Buffer.concat([
    encodeSubmission({
      sender: 'a@b',
      fullName: 'A B',
      bodyType: '8BITMIME',
      dsnEnvid: 'id',
      dsnRet: 'FULL',
      localRewrite,
    }),
    record(kind.content, Buffer.from('Subject: x\n\nbody\n')),
    encodeRecipient({ address: 'c@d', dsnNotify: 2, dsnOrcpt: 'rfc822;x@y' }),
    encodeEnd(17),
  ]);

class Bytes implements ByteSource {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  async read(length: number): Promise<Buffer> {
    const part = this.#bytes.subarray(this.#position, this.#position + length);
    this.#position += part.length;
    return part;
  }

  skip(length: number): void {
    this.#position += length;
  }
}

export const maildrop: FuzzTarget = {
  name: 'maildrop',
  isBinary: true,
  seeds: [submission(true), submission(false)],
  words: [
    'R\0\0\0\x04\0c@d',
    'C\0\0\0\x01x',
    'E\0\0\0\x06\0\0\0\0\0\x01',
    'S\0\0\0\x01a',
    'O',
    'F',
    '\0\0\0\0',
    '\n',
  ],
  start() {
    return async (input) => {
      try {
        const envelope = await readEnvelope(new Bytes(input));
        for (const text of [envelope.sender, envelope.fullName ?? '', envelope.dsnEnvid])
          mustBeOneLine(text, 'a field');
        for (const { address, dsnOrcpt, dsnNotify } of envelope.recipients) {
          mustBeOneLine(`${address}${dsnOrcpt ?? ''}`, 'a recipient');
          must(dsnNotify >= 0 && dsnNotify <= 15, 'bad notification flags');
        }
        let length = 0;
        for await (const part of readContent(new Bytes(input), envelope.contentLength))
          length += part.length;
        must(length === envelope.contentLength, 'the content is of another length');
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
      }
    };
  },
};
