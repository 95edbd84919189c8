/** target/content-filters - what changes content on its way: long lines, stray CRs, CRLF, `From `, quoted-printable. */
import { FromQuoter } from '../../../lib/agent/mailbox/from-quoter.js';
import { encodeQuotedPrintable } from '../../../lib/protocol/message/quoted-printable.js';
import { StrayCr } from '../../../lib/protocol/message/stray-cr.js';
import { CrlfChunks, LfText } from '../../../lib/protocol/milter/crlf-chunks.js';
import { LineLimiter } from '../../../lib/protocol/smtp/line-limit.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustEqual } from '../target.js';

export const contentFilters: FuzzTarget = {
  name: 'content-filters',
  seeds: [
    '\x00\x03From x\n>From y\nabcdefghijklmnopqrstuvwxyz\r\rX\r\n',
    '\x01\x05\r\r\r\n\n\nFrom \n.',
  ],
  words: ['\n', '\r', '\r\n', 'From ', '>From ', '\nFrom ', '=', ' \n', '\xff', '\0'],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const limit = choices.pick(input.length > 2000 ? [998, 50] : [998, 10, 1, 50]);
      const seed = choices.byte();
      const content = choices.rest();
      const text = content.toString('latin1');
      const chunks = pieces(content, seed);

      const limited = (parts: readonly Buffer[]): string => {
        const limiter = new LineLimiter(limit);
        return parts.map((part) => limiter.apply(part.toString('latin1'))).join('');
      };
      const short = limited([content]);
      mustEqual(limited(chunks), short, 'lines broken in other pieces');
      must(
        short.split('\n').every((line) => line.length <= Math.max(limit, 2)),
        'a line is too long',
      );

      const withoutCr = (parts: readonly Buffer[]): string => {
        const stray = new StrayCr();
        const done = parts.map((part) => Buffer.from(stray.replace(part)).toString('latin1'));
        return done.join('') + Buffer.from(stray.end()).toString('latin1');
      };
      const plain = withoutCr([content]);
      must(!plain.includes('\r'), 'a CR is left');
      if (!/\r{1000}/.test(text))
        mustEqual(withoutCr(chunks), plain, 'CRs replaced in other pieces');

      const crlf = new CrlfChunks(1 + (seed % 50));
      const sent: Buffer[] = [];
      for (const chunk of chunks) sent.push(...crlf.push(chunk));
      sent.push(crlf.end());
      const wire = Buffer.concat(sent);
      mustEqual(wire.toString('latin1'), text.replaceAll('\n', '\r\n'), 'content with CRLF');
      const back = new LfText();
      const received = pieces(wire, seed ^ 0x2a).map((part) => back.push(part).toString('latin1'));
      mustEqual(received.join('') + back.end().toString('latin1'), text, 'content with LF again');

      const quoted = (parts: readonly Buffer[]): string => {
        const quoter = new FromQuoter();
        const done = parts.flatMap((part) => quoter.quote(part));
        return Buffer.concat([...done, quoter.end()]).toString('latin1');
      };
      const mbox = quoted([content]);
      mustEqual(quoted(chunks), mbox, '`From ` quoted in other pieces');
      must(!/(?:^|\n)From /.test(mbox), 'a line of a mailbox begins a message');

      const line = text.replaceAll('\n', '');
      const printable = encodeQuotedPrintable(line).text;
      must(/^[\t\n\x20-\x7e]*$/.test(printable), 'quoted-printable is not printable');
      must(
        printable.split('\n').every((part) => part.length <= 76),
        'a quoted line is too long',
      );
      if (line.length <= 2000) mustEqual(unquoted(printable), line, 'quoted-printable and back');
    };
  },
};

function unquoted(text: string): string {
  return text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
