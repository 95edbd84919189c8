/** rewriting - canonical maps and masquerading, in envelope and header. */
import { from } from '../../support/dialogue.js';
import { mail, send } from './messages.js';

const local = { local_recipient_maps: '', luser_relay: 'taro' };
const everyone =
  'From: Oyaji <oyaji@example.test>\nSender: yuki@example.test\nReply-To: a@b.example, kenji+list@example.test\n' +
  'To: "H. (n)" <hanako@example.test>, yuki@example.test,\n\tkenji@example.test (Kenji)\nCc: x@far.example\nSubject: x\n\nx\n';
const canonical = `oyaji@example.test First.Last@example.test
first.last@example.test oyaji@example.test
hanako hana
@old.example @new.example
kenji@example.test kenji-k
yuki@example.test yuki@example.test
many@example.test one@example.test, two@example.test
round1@example.test round2@example.test
round2@example.test round1@example.test
`;

export const rewritingGroups = [
  {
    name: 'canonical',
    main: {
      ...local,
      canonical_maps: 'texthash:@etc@/canonical',
      recipient_delimiter: '+',
      recipient_canonical_maps: 'inline:{hana@example.test=hanako2@example.test}',
      sender_canonical_maps: 'inline:{kenji@example.test=boss@example.test}',
      luser_relay: 'taro',
    },
    files: { canonical },
    cases: {
      'all addresses of a header': send(['hanako@example.test'], everyone),
      'the header of an outsider stays': send(['hanako@example.test'], everyone, mail, [
        from('127.0.0.2'),
      ]),
      'an extension goes on': send(
        ['kenji+list@example.test'],
        'To: kenji+list@example.test\nSubject: x\n\nx\n',
        'MAIL FROM:<kenji+back@example.test>',
      ),
      'a whole domain': send(
        ['yuki@example.test'],
        'From: Any.One@old.example\nTo: yuki@example.test\nSubject: x\n\nx\n',
        'MAIL FROM:<Any.One@old.example>',
      ),
      'maps that lead to each other': send(
        ['round1@example.test'],
        'To: yuki@example.test\nSubject: x\n\nx\n',
      ),
      'maps that lead to each other, in the header': send(
        ['yuki@example.test'],
        'To: round1@example.test\nSubject: x\n\nx\n',
      ),
      'several targets: the first': send(
        ['many@example.test'],
        'To: many@example.test\nSubject: x\n\nx\n',
      ),
      'the missing From is that of the mapped sender': send(
        ['yuki@example.test'],
        'Subject: x\n\nx\n',
        'MAIL FROM:<kenji@example.test>',
      ),
      'a name without a domain': send(['hanako'], 'To: hanako\nFrom: kenji\nSubject: x\n\nx\n'),
      'the null sender stays': send(['hanako@example.test'], everyone, 'MAIL FROM:<>'),
      'fields with Resent-': send(
        ['yuki@example.test'],
        'Resent-From: kenji@example.test\nResent-To: hanako@example.test\nFrom: kenji@example.test\nSubject: x\n\nx\n',
      ),
    },
  },
  {
    name: 'canonical classes',
    main: {
      ...local,
      canonical_maps:
        'inline:{oyaji@example.test=o@example.test, hanako@example.test=h@example.test}',
      canonical_classes: 'envelope_sender header_recipient',
      propagate_unmatched_extensions: 'virtual',
      recipient_delimiter: '+',
      masquerade_domains: '!keep.example.test, sub.example.test example.test',
      masquerade_exceptions: 'root, postmaster',
      masquerade_classes: 'envelope_sender, envelope_recipient, header_sender',
    },
    cases: {
      'only where the classes say so': send(
        ['hanako@example.test'],
        'From: oyaji@example.test\nTo: hanako@example.test, oyaji+ext@example.test\nSubject: x\n\nx\n',
        'MAIL FROM:<oyaji@example.test>',
      ),
      'masquerading in its classes': send(
        ['yuki@host.example.test'],
        'From: a@host.example.test\nTo: b@host.example.test\nReply-To: root@host.example.test, c@x.keep.example.test, d@a.SUB.Example.Test\nSubject: x\n\nx\n',
        'MAIL FROM:<s@a.b.example.test>',
      ),
      'an exception stays': send(
        ['Root@host.example.test'],
        'From: Root@host.example.test\nSubject: x\n\nx\n',
        'MAIL FROM:<postmaster@host.example.test>',
      ),
    },
  },
  {
    name: 'canonical everywhere',
    main: {
      ...local,
      local_header_rewrite_clients: 'static:all',
      canonical_maps:
        'inline:{oyaji@example.test=o@example.test, hanako@example.test=h@example.test}',
      always_bcc: 'hanako',
      sender_bcc_maps:
        'inline:{o@example.test=kenji@example.test, oyaji@example.test=yuki@example.test}',
      virtual_alias_maps: 'inline:{h@example.test=yuki@example.test}',
    },
    cases: {
      'outsiders, too; copies by mapped addresses': send(
        ['hanako@example.test'],
        'From: oyaji@example.test\nTo: hanako@example.test\nSubject: x\n\nx\n',
        'MAIL FROM:<oyaji@example.test>',
        [from('127.0.0.2')],
      ),
      'by sendmail': {
        sendmail: ['-f', 'oyaji', 'hanako'],
        input: 'From: oyaji\nTo: hanako\nSubject: x\n\nx\n',
      },
    },
  },
];
