/** target/dsn - notifications: well-formed whatever a remote server, a sender or an administrator wrote. */
import { compose } from '../../../daemon/bounce/compose.js';
import { makeTemplates } from '../../../daemon/bounce/template.js';
import { ExpandError } from '../../../lib/config/expand.js';
import { localClient } from '../../../lib/ipc/envelope.js';
import { decodeUxtext, decodeXtext, encodeXtext } from '../../../lib/protocol/dsn/xtext.js';
import { FatalError } from '../../../lib/util/fatal-error.js';
import { testSettings } from '../../settings.js';
import { Choices } from '../choices.js';
import { declared, type FuzzTarget, must, mustBeUnpolluted, mustEqual } from '../target.js';

const template =
  'failure_template = <<EOF\nCharset: utf-8\nFrom: a@b\nSubject: s\n\nHello $myhostname\nEOF\n';

export const dsn: FuzzTarget = {
  name: 'dsn',
  seeds: [
    '\x00\x01sender@example.test\x01rcpt@example.test\x01orig@x\x01rfc822;x@y\x01host x said: 550 5.1.1 no\x01mx.test\x01550 no\x01envid',
    '\x01\x00\x01"a b"@\xc3\xa4.test\x01\x01\x01long text \xff\x01\x01\x01',
    `\x02\x03a@b\x01c@d\x01\x01\x01t\x01r\x01d\x01e\x01${template}`,
  ],
  words: [
    '\x01',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '--',
    'QID',
    '\u0085',
    '\xe2\x80\xa8',
    ' ',
    ':',
    '$',
    'Subject: x',
    'constructor: x\n',
    'EOF',
    '__proto__',
  ],
  start() {
    const settings = testSettings();
    const builtIn = makeTemplates(settings, undefined, () => undefined);
    return (input) => {
      const choices = new Choices(input);
      const kind = choices.pick(['failure', 'delay', 'success']);
      const bits = choices.byte();
      const texts = choices.rest().toString().split('\x01');
      const [
        sender = '',
        address = '',
        original = '',
        orcpt = '',
        text = '',
        mta = '',
        diagnostic = '',
        envid = '',
      ] = texts;
      const file = texts[8]?.replace(/[\0\r]/g, '');
      const own =
        file === undefined
          ? builtIn
          : declared([FatalError, ExpandError], () =>
              makeTemplates(settings, { path: 'bounce.cf', content: file }, () => undefined),
            );
      const delivery = {
        dsn: '5.1.1',
        relay: mta,
        text,
        remoteMta: mta,
        diagnosticType: 'smtp',
        diagnostic,
      };
      const composition = compose(
        {
          kind,
          queueId: 'QID',
          size: 100,
          envelope: {
            sender: oneLine(sender),
            arrival: 0,
            client: localClient,
            bodyType: (bits & 1) !== 0 ? '8BITMIME' : '',
            smtputf8: (bits & 2) !== 0,
            dsnRet: '',
            dsnEnvid: oneLine(envid),
            contentFilter: '',
            redirectTo: '',
            kind: 'mail',
          },
          recipients: [],
          content: async function* () {
            yield Buffer.alloc(0);
          },
        },
        [
          {
            address,
            original,
            ...(orcpt === '' ? {} : { dsnOrcpt: orcpt }),
            dsnNotify: 0,
            delivery: delivery as never,
          },
        ],
        {
          audience: 'sender',
          to: oneLine(sender) || 'x',
          from: '',
          kind: 'bounce',
          headersOnly: false,
        },
        settings,
        own ?? builtIn,
        1_800_000_000_000,
        () => 'Tue, 24 Nov 2026 09:05:04 +0000 (UTC)',
      );
      wellFormed(composition.head + composition.tail, file !== undefined);
      const short = text.slice(0, 2048); // what a line may have
      mustEqual(decodeXtext(encodeXtext(short)) ?? '(none)', short, 'xtext and back');
      decodeUxtext(short);
      mustBeUnpolluted();
    };
  },
};

/** Addresses of the envelope have no controls: SMTP, the maildrop and cleanup refuse them. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '');
}

const fieldNames =
  /^(Reporting-MTA|Original-Envelope-Id|X-Postfix-(Queue-ID|Sender)|Arrival-Date|Final-Recipient|Original-Recipient|Action|Status|Remote-MTA|Diagnostic-Code|Will-Retry-Until): /;

function wellFormed(message: string, hasOwnText: boolean): void {
  must(!message.includes('\r') && !message.includes('\0'), 'a CR or NUL in the notification');
  const boundary = /boundary="([^"]+)"/.exec(message)?.[1] ?? '';
  must(boundary !== '', 'no boundary');
  const lines = message.split('\n');
  const parts = lines.filter((line) => line.startsWith(`--${boundary}`));
  if (!hasOwnText) must(parts.length === 4, () => `${parts.length} boundary lines`);
  const start = message.indexOf('delivery-status\n');
  const report = message.slice(
    message.indexOf('\n\n', start) + 2,
    message.indexOf(`\n--${boundary}`, start),
  );
  for (const line of report.split('\n'))
    must(
      line === '' || line.startsWith(' ') || fieldNames.test(line),
      () => `a line of the report: ${JSON.stringify(line.slice(0, 100))}`,
    );
}
