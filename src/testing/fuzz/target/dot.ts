/** target/dot - content after DATA: what goes in by dot-stuffing comes out the same, however it was cut. */
import { DotDecoder, DotEncoder } from '../../../lib/protocol/smtp/dot.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustEqual } from '../target.js';

export const dot: FuzzTarget = {
  name: 'dot',
  seeds: [
    '\x00\x03Hello\r\n..dot\r\n.\r\nQUIT\r\n',
    '\x01\x02a\n.\nb\r\n.\rc\n.\r\n.\r\n.\n',
    '\x02\x05.\r\n',
    '\x03\x01\r\r\n.\r\r\n\r.\r\n.\r\n',
  ],
  words: [
    '\r\n',
    '\n',
    '\r',
    '.',
    '..',
    '\r\n.\r\n',
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r.\r',
    '\r\r\n',
    '\0',
  ],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const rule = choices.pick(['normalize', 'line-end']);
      const seed = choices.byte();
      const wire = choices.rest();
      const whole = decode([wire], rule);
      const cut = decode(pieces(wire, seed), rule);
      // A run of CRs that is too long to be held is content where it was cut.
      if (/\r{60}/.test(wire.toString('latin1'))) return;
      mustEqual(cut.text, whole.text, 'the same content in other pieces');
      must(
        cut.used === whole.used && cut.done === whole.done,
        'the end is elsewhere in other pieces',
      );
      if (rule === 'normalize' && whole.done && whole.used > 3)
        must(
          wire.toString('latin1', whole.used - 5, whole.used) === '\r\n.\r\n',
          'content ended without CR LF . CR LF',
        );
      must(!whole.text.includes('\r\n'), 'a CRLF was left in the content');
      // CRs before a line end go, so content has none there.
      const content = wire
        .toString('latin1')

        .replace(/(?<!\r)\r+(?=\n|$)/g, '');
      const encoder = new DotEncoder();
      const encoded =
        pieces(Buffer.from(content, 'latin1'), seed)
          .map((piece) => encoder.encode(piece.toString('latin1')))
          .join('') + encoder.end();
      const back = decode(pieces(Buffer.from(`${encoded}QUIT`, 'latin1'), seed ^ 0x55), rule);
      const lineEnd = content === '' || content.endsWith('\n') ? '' : '\n';
      mustEqual(back.text, content + lineEnd, 'content encoded and decoded');
      must(back.done && back.used === encoded.length, 'the end of encoded content is elsewhere');
    };
  },
};

function decode(
  chunks: readonly Buffer[],
  rule: 'normalize' | 'line-end',
): { readonly text: string; readonly used: number; readonly done: boolean } {
  const decoder = new DotDecoder(rule, true);
  let text = '';
  let used = 0;
  for (const piece of chunks) {
    const result = decoder.decode(piece);
    text += result.chunk.toString('latin1');
    used += result.used;
    if (result.done) return { text, used, done: true };
    must(result.used === piece.length, 'bytes were left without an end');
  }
  return { text, used, done: false };
}
