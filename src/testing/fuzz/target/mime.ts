/** target/mime - the parts of a message: their structure, their header fields, and 8-bit parts made 7-bit. */
import { MimeDowngrader } from '../../../lib/protocol/message/downgrade.js';
import { MimeBody, type MimeToken } from '../../../lib/protocol/message/mime-body.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustEqual } from '../target.js';

type Limits = ConstructorParameters<typeof MimeBody>[1];

const nested =
  '--a\nContent-Type: multipart/digest; boundary="b c"\n\n--b c\n\nSubject: x\n\nhi\n--b c--\n--a\n' +
  'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nFrom: y\nContent-Type: text/plain\n\n\xe4\n--a--\nend\n';

export const mime: FuzzTarget = {
  name: 'mime',
  seeds: [
    `\x00\x03multipart/mixed; boundary=a\n${nested}`,
    `\x01\x05multipart/mixed; boundary="a"\n${nested}`,
    '\x02\x02text/plain\n--a\n\xe4\xf6 long line long line long line long line\n',
  ],
  words: [
    '\n',
    '--',
    '--a',
    '--a\n',
    '--a--\n',
    '\n\n',
    '\n ',
    'Content-Type: ',
    'multipart/mixed; boundary=a\n\n',
    'multipart/digest;',
    'message/rfc822\n\n',
    'boundary=',
    '"',
    '\\',
    ';',
    'Content-Transfer-Encoding: ',
    '8bit\n',
    'binary',
    'base64',
    'quoted-printable',
    '\xff',
    '(',
    'X:',
  ],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const limits = choices.pick<Limits>([
        { nesting: 100, boundaryLength: 2048, headerSize: 102_400, lineLength: 2048 },
        { nesting: 1, boundaryLength: 4, headerSize: 40, lineLength: 20 },
        { nesting: 100, boundaryLength: 2048, headerSize: 102_400, lineLength: 50 },
      ]);
      const seed = choices.byte();
      const text = choices.restText();
      const end = text.indexOf('\n') + 1;
      const contentType = text.slice(0, end);
      const body = text.slice(end);
      const rules = {
        ...limits,
        refusesBody8Bit: true,
        refusesHeader8Bit: true,
        refusesEncodings: true,
      };
      const whole = read([Buffer.from(body, 'latin1')], contentType, rules);
      const cut = read(pieces(Buffer.from(body, 'latin1'), seed), contentType, rules);
      mustEqual(cut.text, whole.text, 'the same body in other pieces');
      if (!whole.isCut) mustEqual(whole.text, body, 'the body joined again');
      must(cut.problems === whole.problems, `${cut.problems} instead of ${whole.problems}`);
      downgraded(`Content-Type: ${contentType || '\n'}\n${body}`, seed);
    };
  },
};

function read(
  chunks: readonly Buffer[],
  contentType: string,
  rules: ConstructorParameters<typeof MimeBody>[1],
): { readonly text: string; readonly isCut: boolean; readonly problems: string } {
  const problems = new Set<string>();
  const body = new MimeBody({ contentType, contentEncoding: '' }, rules, (problem) =>
    problems.add(problem),
  );
  let text = '';
  let isCut = false;
  const take = (token: MimeToken): void => {
    if (token.is === 'line') {
      must(token.offset >= 0, 'a negative offset');
      text += token.text + (token.ended ? '\n' : '');
    } else {
      // Blanks in front of the colon go, and what is beyond the limit.
      isCut = true;
      must(token.field.text.length <= rules.headerSize + 1, 'a field is longer than the limit');
      text += `${token.field.text}\n`;
    }
  };
  for (const chunk of chunks) body.push(chunk.toString('latin1')).forEach(take);
  body.end().forEach(take);
  return { text, isCut, problems: [...problems].sort().join(' ') };
}

function downgraded(message: string, seed: number): void {
  const convert = (chunks: readonly Buffer[]): string => {
    const downgrader = new MimeDowngrader();
    const parts = chunks.map((chunk) => downgrader.apply(chunk.toString('latin1')));
    return parts.join('') + downgrader.end();
  };
  const bytes = Buffer.from(message, 'latin1');
  const whole = convert([bytes]);
  mustEqual(convert(pieces(bytes, seed)), whole, 'the same message made 7-bit in other pieces');
  must(whole.length <= 4 * message.length + 1000, 'the 7-bit message is out of bounds');
  if (message.endsWith('\n') && !/8bit|binary/i.test(message))
    mustEqual(whole, message, 'a message with nothing to convert');
}
