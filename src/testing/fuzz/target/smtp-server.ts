/** target/smtp-server - the server half of SMTP in every state: the same events, however the bytes were cut. */
import { reply } from '../../../lib/protocol/smtp/reply.js';
import { createServerMachine } from '../../../lib/protocol/smtp/server.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustBeOneLine, mustEqual } from '../target.js';

export const smtpServer: FuzzTarget = {
  name: 'smtp-server',
  seeds: [
    '\x00\x05EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nHi\r\n..\r\n.\r\nQUIT\r\n',
    '\x01\x02EHLO x\nBDAT 5\r\nab\r\ncBDAT 3 LAST\r\n\r\n.NOOP\r\n',
    '\x02\x01AUTH LOGIN\r\ndXNlcg==\r\nlong line\r\nSTARTTLS\r\nNOOP\r\n',
    '\x00\x03BDAT 99999999999\r\nSKIP 4\r\nabcdNOOP\r\nDATA\r\n.\r\nRSET\r\n',
  ],
  words: [
    '\r\n',
    '\n',
    '\r',
    'EHLO x\r\n',
    'DATA\r\n',
    '\r\n.\r\n',
    'BDAT ',
    'BDAT 5\r\n',
    ' LAST\r\n',
    'AUTH PLAIN\r\n',
    'STARTTLS\r\n',
    'SKIP ',
    'RSET\r\n',
    'NOOP\r\n',
    'BARE\r\n',
    '\0',
    '\xff',
    '.',
  ],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const bareNewline = choices.pick(['no', 'normalize', 'reject']);
      const seed = choices.byte();
      const bytes = choices.rest();
      const whole = run([bytes], bareNewline);
      // What STARTTLS drops depends on what has come by then: this is what it is for.
      if (whole.includes('tls')) void run(pieces(bytes, seed), bareNewline);
      else
        mustEqual(run(pieces(bytes, seed), bareNewline), whole, 'the same session in other pieces');
    };
  },
};

function run(chunks: readonly Buffer[], bareNewline: 'no' | 'normalize' | 'reject'): string {
  const machine = createServerMachine({ maxLine: 100, bareNewline });
  machine.reply(reply(220, '', 'hello'));
  const seen: string[] = [];
  let content = '';
  let bareSeen = false;
  const ok = reply(250, '2.0.0', 'Ok');
  for (const chunk of chunks) {
    machine.receive(chunk);
    for (let event = machine.next(); event; event = machine.next()) {
      // Sessions end long before: smtpd_junk_command_limit.
      if (seen.length > 5000) return seen.join('\n');
      switch (event.is) {
        case 'content':
          content += Buffer.from(event.chunk).toString('latin1');
          continue;
        case 'violation':
          // When it is noticed within a message depends on the pieces; that it is does not.
          if (event.violation === 'bare-newline') bareSeen = true;
          else seen.push(event.violation);
          continue;
        case 'line':
          mustBeOneLine(event.line.replace(/[\x00-\x1f\x7f\x85]/g, ''), 'a line');
          seen.push(`line ${event.line}`);
          machine.reply(ok);
          continue;
        case 'content-end':
          seen.push(`content ${content} ${event.wireBytes} ${String(event.last)}`);
          content = '';
          machine.reply(ok);
          continue;
        case 'command':
          must(!event.line.includes('\n') && event.line.length <= 100, 'a command of two lines');
          seen.push(`${event.verb} ${event.argument}`);
          answer(event.verb, event.argument);
      }
    }
  }
  must(machine.buffered <= 100_200, 'more is buffered than was sent');
  return `${seen.join('\n')}\n${content}\n${bareSeen ? 'bare' : ''}`;

  function answer(verb: string, argument: string): void {
    const size = Math.min(1e9, Number(/^\d+/.exec(argument)?.[0] ?? 0));
    switch (verb) {
      case 'DATA':
        machine.reply(reply(354, '', 'go'));
        return;
      case 'BDAT':
        machine.startChunk(size, / LAST$/i.test(argument));
        return;
      case 'SKIP':
        machine.reply(reply(503, '5.5.1', 'no'));
        machine.skipChunk(size);
        return;
      case 'AUTH':
        machine.continueWithLine(200);
        machine.reply(reply(334, '', ''));
        machine.continueWithLine(200);
        return;
      case 'STARTTLS':
        machine.reply(reply(220, '2.0.0', 'Ready'));
        machine.startTls();
        seen.push('tls');
        return;
      case 'BARE':
        machine.allowBareNewline();
        machine.reply(ok);
        return;
      default:
        machine.reply(ok);
    }
  }
}
