/** target/mailbox - frames between the server and the helpers that write mailboxes as their users. */
import {
  decodeJson,
  encodeFrame,
  FrameReader,
  frameKind,
  type Frame,
} from '../../../lib/agent/mailbox/frames.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustBeUnpolluted, mustEqual } from '../target.js';

const ok = encodeFrame(frameKind.answer, 1, encodeJsonBytes({ ok: 1 }));

function encodeJsonBytes(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(text.length);
  return Buffer.concat([head, text]);
}

export const mailbox: FuzzTarget = {
  name: 'mailbox',
  isBinary: true,
  seeds: [
    Buffer.concat([Buffer.from([3]), ok, ok]),
    Buffer.concat([
      Buffer.from([1]),
      encodeFrame(frameKind.content, 2, Buffer.from('text')),
      encodeFrame(frameKind.end, 2),
    ]),
  ],
  words: ['\0\0\0\0', '\0\0\0\x01', '\xff\xff\xff\xff', '{', '}', '"__proto__":1'],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const seed = choices.byte();
      const bytes = choices.rest();
      const whole = read([bytes]);
      const cut = shown(read(pieces(bytes, seed)));
      // Frames that came with a broken one are lost with it.
      if (whole.length > 0) mustEqual(cut, shown(whole), 'the same frames in other pieces');
      mustBeUnpolluted();
    };
  },
};

function read(chunks: readonly Buffer[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader();
  try {
    for (const chunk of chunks) for (const frame of reader.push(chunk)) frames.push(frame);
  } catch (error) {
    must(error instanceof Error && error.constructor === Error, String(error));
  }
  return frames;
}

function shown(frames: readonly Frame[]): string {
  return frames
    .map((frame, index) => {
      try {
        if (index < 50) decodeJson(frame.bytes);
      } catch (error) {
        must(error instanceof Error, String(error));
      }
      return `${frame.kind} ${frame.id} ${frame.bytes.toString('latin1')}`;
    })
    .join('|');
}
