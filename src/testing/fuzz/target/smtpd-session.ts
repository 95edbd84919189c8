/**
 * target/smtpd-session - whole sessions of smtpd(8): bytes in pieces, tables and a policy that answer what the input says.
 *
 * The first byte chooses the settings, then the answer of all tables, up to a line end, then what the client sends.
 */
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { createSmtpd } from '../../../daemon/smtpd/main.js';
import { syslogFormat } from '../../../lib/log/format.js';
import { smtpdParts } from '../../smtpd-server.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustBeOneLine, mustBeUnpolluted } from '../target.js';

const common = {
  smtpd_recipient_restrictions:
    'check_client_access test:t, check_helo_access test:t, check_sender_access test:t, check_recipient_access test:t, permit_mynetworks, reject_unauth_destination',
  smtpd_error_sleep_time: '0',
  smtpd_soft_error_limit: '1000',
  smtpd_hard_error_limit: '1000',
  smtpd_junk_command_limit: '1000',
  smtpd_client_auth_failure_limit: '0',
  smtpd_peername_lookup: 'no',
  smtpd_restriction_classes: 'cls',
  cls: 'check_sender_access test:t, reject_unknown_sender_domain',
  smtpd_timeout: '30s',
};

const kinds: readonly Readonly<Record<string, string>>[] = [
  common,
  {
    ...common,
    smtpd_authorized_xclient_hosts: '127.0.0.0/8',
    smtpd_authorized_xforward_hosts: '127.0.0.0/8',
  },
  {
    ...common,
    smtpd_forbid_bare_newline: 'reject',
    smtpd_delay_reject: 'no',
    smtputf8_enable: 'yes',
  },
  {
    ...common,
    smtpd_forbid_bare_newline: 'no',
    smtpd_forbid_unauth_pipelining: 'no',
    disable_vrfy_command: 'no',
  },
  {
    ...common,
    strict_rfc821_envelopes: 'yes',
    line_length_limit: '512',
    message_size_limit: '200',
  },
];

const dialogue =
  'EHLO c.test\r\nMAIL FROM:<a@b.test> SIZE=10\r\nRCPT TO:<u@example.test>\r\nDATA\r\nSubject: x\r\n\r\n..hi\r\n.\r\nQUIT\r\n';

export const smtpdSession: FuzzTarget = {
  name: 'smtpd-session',
  maxLength: 100_000,
  seeds: [
    `\x00\x00DUNNO\n${dialogue}`,
    '\x01\x05OK\nEHLO c\r\nXCLIENT NAME=x.test ADDR=192.0.2.1 LOGIN=a\r\nEHLO d\r\nXFORWARD NAME=y ADDR=1.2.3.4 HELO=a+20b\r\nMAIL FROM:<>\r\nRSET\r\nQUIT\r\n',
    '\x02\x03PREPEND X: y\nEHLO c\r\nMAIL FROM:<a@b.test> BODY=8BITMIME SMTPUTF8 RET=HDRS\r\nRCPT TO:<u@example.test> NOTIFY=NEVER ORCPT=rfc822;a\r\nBDAT 5\r\nSubj\nBDAT 3 LAST\r\nx\r\nQUIT\r\n',
    '\x03\x01cls, HOLD x\nHELO c\nMAIL FROM:<a@b.test>\nRCPT TO:<u@example.test>\nDATA\nx\n.\nVRFY u\nETRN x\nNOOP\nHELP\nEXPN\n',
    '\x04\x02451 4.3.2 later\nEHLO c\r\nMAIL FROM:a@b.test\r\nAUTH PLAIN AHg=\r\nSTARTTLS\r\nRCPT TO:<@a:"x y"@example.test>\r\nBDAT 99999999999999999999\r\nQUIT\r\n',
  ],
  words: [
    '\r\n',
    '\n',
    'EHLO c\r\n',
    'HELO ',
    'MAIL FROM:<',
    'RCPT TO:<',
    '>',
    'DATA\r\n',
    '\r\n.\r\n',
    'BDAT 10 LAST\r\n',
    'RSET\r\n',
    'QUIT\r\n',
    'AUTH ',
    'STARTTLS\r\n',
    'XCLIENT ',
    'XFORWARD ',
    'VRFY ',
    'ETRN ',
    'NOOP\r\n',
    'u@example.test',
    '\0',
    '\xff',
    'REJECT ',
    'DEFER_IF_PERMIT ',
    'DISCARD',
    'FILTER x:y',
    'REDIRECT a@b',
    'BCC a@b',
    'WARN ',
    'cls',
    'permit',
    '550 ',
    '421 ',
    ' SIZE=',
    ' BODY=8BITMIME',
    '__proto__',
    'constructor',
    'GET / HTTP/1.0\r\n',
  ],
  start() {
    let value = '';
    const format = syslogFormat('host', 1);
    const services = kinds.map((settings) => {
      const { parts, log, taken } = smtpdParts(settings);
      const dicts = {
        open: (spec: string) => ({
          name: spec,
          isPattern: false,
          lookup: () =>
            value === '' ? ({ is: 'not-found' } as const) : ({ is: 'found', value } as const),
          close: () => undefined,
        }),
        close: () => undefined,
      };
      return { smtpd: createSmtpd({ ...parts, dicts }), log, taken };
    });
    return async (input) => {
      const choices = new Choices(input);
      const service = services[choices.below(services.length)];
      if (!service) return;
      const seed = choices.byte();
      const rest = choices.rest();
      const end = rest.indexOf(0x0a);
      value = rest.toString('utf8', 0, Math.max(0, end)).replaceAll('\r', '');
      const socket = new FakeSocket();
      const { log, taken } = service;
      log.lines.length = 0;
      taken.length = 0;
      const ended = new Promise<void>((resolve) => {
        service.smtpd.accept(socket as unknown as Socket, resolve);
      });
      for (const piece of pieces(rest.subarray(end + 1), seed)) socket.push(piece);
      socket.push(null);
      await ended;
      look(socket, log.lines, format);
      for (const { envelope, recipients, text } of taken) {
        mustBeOneLine(
          [envelope.sender, ...recipients].join(' ').replaceAll('\x85', ''),
          'an envelope',
        );
        must(
          recipients.length > 0 && !text.includes('\r\n'),
          'a message without recipients, or with CRLF',
        );
      }
      mustBeUnpolluted();
    };
  },
};

function look(
  socket: FakeSocket,
  lines: readonly string[],
  format: ReturnType<typeof syslogFormat>,
): void {
  const replies = socket.written.split('\r\n');
  must(replies.pop() === '', 'a reply without its end');
  for (const line of replies) {
    must(/^[2-5]\d\d[ -]/.test(line), () => `not a reply: ${JSON.stringify(line.slice(0, 100))}`);
    must(!/[\0\r\n]/.test(line), 'a reply with a line end in it');
  }
  for (const line of lines) {
    must(!/is not a function|Cannot read|undefined \(|Maximum call|panic /.test(line), line);
    mustBeOneLine(
      format.line({ time: 0, severity: 'info', program: 'smtpd', text: line }),
      'a log line',
    );
  }
}

/** A connection in memory. */
class FakeSocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 4000;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 25;
  written = '';

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {
    // All of it is pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString('latin1');
    done();
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
