/**
 * target/cleanup - whole messages through cleanup(8): every stage, with tables that answer what the input says.
 *
 * The first bytes choose the settings and the pieces, then comes the answer of all tables up to a line end, then content.
 */
import { syslogFormat } from '../../../lib/log/format.js';
import { cleanupBench, to } from '../../cleanup-bench.js';
import type { FakeTables } from '../../fake-dicts.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must, mustBeOneLine, mustBeUnpolluted, mustEqual } from '../target.js';

const message =
  'Received: x\nFrom: a <a@b>\nTo: joe, "x" (c) <y@z>\nSubject: =?utf-8?q?x?=\nMIME-Version: 1.0\n' +
  'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: in\n\nhi\n--b--\n';

export const cleanup: FuzzTarget = {
  name: 'cleanup',
  seeds: [
    `\x00\x00\n${message}`,
    `\x01\x03REPLACE X: y\n${message}`,
    `\x02\x05a@b, c@d\n${message}`,
    '\x01\x02PREPEND A: b\nFrom x y z\n__proto__: x\nconstructor: y\nBcc: a,\n b, c\nReturn-Path: <x>\n',
    '\x03\x01REJECT no\nResent-To: a@b\nTo: undisclosed:;\n\n\xe4\r\r\n.\n',
  ],
  words: [
    '\n',
    '\n ',
    '\n\n',
    ':',
    '\r',
    '\0',
    '<',
    '>',
    '"',
    '@',
    ',',
    'To: ',
    'From: ',
    'Bcc: ',
    'Resent-To: ',
    'Message-Id: ',
    'Content-Type: ',
    'multipart/mixed; boundary=b',
    '--b\n',
    '--b--\n',
    'REPLACE ',
    'PREPEND ',
    'IGNORE',
    'HOLD',
    'STRIP',
    'BCC ',
    'REDIRECT a@b',
    'FILTER x:y',
    'DISCARD',
    'WARN ',
    '\xff',
    '__proto__: ',
    '=?utf-8?q?',
    'Delivered-To: ',
  ],
  start() {
    let value = '';
    const anything = new Proxy({}, { get: () => (value === '' ? undefined : value) });
    const tables = new Proxy({}, { get: () => anything }) as FakeTables;
    const format = syslogFormat('host', 1);
    const benches = [
      cleanupBench({}, tables),
      cleanupBench(
        {
          header_checks: 'test:t',
          body_checks: 'test:t',
          header_size_limit: '200',
          message_reject_characters: '\\0',
          always_add_missing_headers: 'yes',
        },
        tables,
      ),
      cleanupBench(
        {
          virtual_alias_maps: 'test:t',
          canonical_maps: 'test:t',
          masquerade_domains: 'z',
          sender_bcc_maps: 'test:t',
        },
        tables,
      ),
      cleanupBench(
        {
          strict_8bitmime: 'yes',
          strict_mime_encoding_domain: 'yes',
          mime_nesting_limit: '2',
          smtputf8_enable: 'yes',
          message_size_limit: '2000',
        },
        tables,
      ),
    ];
    return async (input) => {
      const choices = new Choices(input);
      const bench = benches[choices.below(benches.length)];
      if (!bench) return;
      const seed = choices.byte();
      const rest = choices.rest();
      const end = rest.indexOf(0x0a);
      value = rest.toString('utf8', 0, Math.max(0, end)).replaceAll('\r', '');
      const content = rest.toString('latin1', end + 1);
      const put = async (size: number): Promise<string> => {
        bench.sink.committed.length = 0;
        bench.log.lines.length = 0;
        bench.arrived.length = 0;
        const result = await bench.put({
          content,
          recipients: [to('u@example.test')],
          ...(size === 0 ? {} : { pieces: Math.max(size, Math.ceil(content.length / 300)) }),
        });
        for (const line of bench.log.lines) {
          must(!/is not a function|Cannot read|Maximum call/.test(line), line);
          mustBeOneLine(
            format.line({ time: 0, severity: 'info', program: 'c', text: line }),
            'a log line',
          );
        }
        const [queued] = bench.sink.committed;
        if (!queued) return result.is;
        must(!queued.text.includes('\r'), 'a CR in the stored message');
        mustBeOneLine(
          [queued.envelope.sender, ...queued.recipients.map(({ address }) => address)]
            .join(' ')
            .replace(/[^\0\r\n]/g, ''),
          'an envelope',
        );
        must(queued.text.length <= 40 * (rest.length + 100), 'the stored message is out of bounds');
        return `${result.is}\n${queued.text.replace(/QID\d+/g, 'QID').replace(/\d{14}\.QID/g, '')}`;
      };
      const whole = await put(0);
      if (seed !== 0)
        mustEqual(await put(seed % 13 || 1), whole, 'the same message in other pieces');
      mustBeUnpolluted();
    };
  },
};
