/** outgoing - what other servers see: generic addresses, smtp_header_checks and their like. */
import { fromUser, send } from './messages.js';
import { peerAt } from './peers.js';

const text = `From: Oyaji <oyaji@example.test>
Reply-To: oyaji+list@example.test, a@b.example
To: x@elsewhere.example, hanako@example.test
Cc: hanako (H. N.), other@elsewhere.example
X-Strip: gone
X-Ignore: gone
Subject: outgoing
X-Warn: ${'careful '.repeat(12)}
X-Reject: no such action here
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
X-Part: part
Content-Type: message/rfc822

From: oyaji@example.test
X-Nested: nested

old line
gone
--b--
`;
const checks = {
  smtp_header_checks:
    'regexp:{ {/^X-Strip:/ STRIP taken out}, {/^X-Ignore:/ IGNORE}, {/^X-Warn:/ WARN careful}, {/^X-Reject:/ REJECT}, {/^Subject:/ PREPEND X-Out: yes}, {/^Received:/ REPLACE X-Received: once} }',
  smtp_mime_header_checks: 'regexp:{ {/^X-Part:/ REPLACE X-Part: changed} }',
  smtp_nested_header_checks: 'regexp:{ {/^X-Nested:/ INFO seen} }',
  smtp_body_checks:
    'regexp:{ {/^old/ REPLACE new line}, {/^gone/ STRIP}, {/^--b--/ PREPEND before the end} }',
};

export const outgoingGroups = [
  {
    name: 'outgoing',
    main: {
      relayhost: peerAt('ok.example'),
      recipient_delimiter: '+',
      propagate_unmatched_extensions: 'canonical generic',
      smtp_generic_maps:
        'inline:{ oyaji@example.test=provider-oyaji@provider.example, x@elsewhere.example=y@elsewhere.example, hanako@example.test=@provider.example, hanako=never }',
    },
    cases: {
      'generic addresses': send(['x@elsewhere.example', 'hanako@far.example'], text, fromUser),
      'generic addresses with an extension': send(
        ['x+ext@elsewhere.example'],
        text,
        'MAIL FROM:<oyaji+back@example.test>',
      ),
      'generic addresses by sendmail': {
        sendmail: ['-f', 'oyaji', 'x@elsewhere.example'],
        input: text,
        user: 'oyaji',
      },
    },
  },
  {
    name: 'outgoing checks',
    main: { relayhost: peerAt('ok.example'), ...checks },
    cases: {
      'fields and lines': send(['x@elsewhere.example'], text, fromUser),
      'no header at all': send(['x@elsewhere.example'], 'old line\nmore', fromUser),
    },
  },
];
