/** target/log - whatever stands in a log text, what is written is one line that no terminal obeys. */
import { escapeControls } from '../../../daemon/smtpd/escape.js';
import { jsonFormat, syslogFormat } from '../../../lib/log/format.js';
import { shownOctets } from '../../../lib/protocol/message/octets.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must, mustBeOneLine } from '../target.js';

export const logLine: FuzzTarget = {
  name: 'log',
  seeds: [
    '\x01NOQUEUE: reject: RCPT from x[1.2.3.4]: 550 no; from=<\n> to=<\r\x1b[2J>',
    '\x02A1B2C3D4E5: \xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf\xed\xa0\x80\xff',
    '\x033ZZZZZzzzz4z1: text',
  ],
  words: [
    '\n',
    '\r',
    '\x1b[',
    '\xe2\x80\xa8',
    '\xe2\x80\xae',
    '\xc2\x85',
    '\xff',
    '\0',
    '"',
    '\\',
    '\xf0\x9f\x98\x80',
  ],
  start() {
    const plain = syslogFormat('host', 1);
    const json = jsonFormat('host', 1);
    return (input) => {
      const choices = new Choices(input);
      const severity = choices.pick(['info', 'warning', 'error', 'fatal', 'panic']);
      const bytes = choices.rest();
      for (const text of [bytes.toString(), bytes.toString('latin1'), bytes.toString('utf16le')]) {
        const record = { time: 1_800_000_000_000, severity, program: 'postfix/smtpd', text };
        for (const line of [plain.line(record), json.line(record)]) {
          mustBeOneLine(line, 'a log line');
          must(line.length <= 60_000, 'a log line is out of bounds');
          must(
            !/[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/.test(line),
            'a log line steers a terminal',
          );
        }
        JSON.parse(json.line(record));
      }
      mustBeOneLine(escapeControls(bytes.toString('latin1', 0, 2048)), 'what a client sent');
      mustBeOneLine(
        shownOctets(bytes.toString('latin1', 0, 2048)).replace(/[\u2028\u2029]/g, ''),
        'a header for the log',
      );
    };
  },
};
