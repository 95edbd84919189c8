/** virtual - mailboxes below virtual_mailbox_base, by maps. */
import fs from 'node:fs';

const map = (rows) =>
  `inline:{${Object.entries(rows)
    .map(([k, v]) => `{${k}=${v}}`)
    .join(', ')}}`;

export const virtual = [
  {
    name: 'virtual',
    main: {
      virtual_mailbox_domains: 'v.example',
      virtual_mailbox_base: '@base@/vmail',
      virtual_mailbox_maps: map({
        'a@v.example': 'a/',
        'b@v.example': 'b',
        'c@v.example': 'deep/c/',
        'e@v.example': '../e',
        'f@v.example': 'f',
        'g@v.example': 'g/',
        'h@v.example': 'h',
        'i@v.example': 'i',
        'j@v.example': '/j',
      }),
      virtual_uid_maps: map({
        'a@v.example': '20001',
        'b@v.example': '20001',
        'c@v.example': '20001',
        'e@v.example': '20001',
        'f@v.example': '99',
        'h@v.example': 'xx',
        'i@v.example': '20001',
        'j@v.example': '20001',
      }),
      virtual_gid_maps: map({
        'a@v.example': '20001',
        'b@v.example': '20001',
        'c@v.example': '20001',
        'e@v.example': '20001',
        'f@v.example': '20001',
        'g@v.example': '20001',
        'h@v.example': '20001',
        'j@v.example': '20001',
      }),
      virtual_mailbox_limit: '200000',
      message_size_limit: '190000',
      recipient_delimiter: '+',
      smtpd_reject_unlisted_recipient: 'no',
      deliver_lock_attempts: '1',
    },
    cases: [
      { name: 'Maildir', mail: [{ to: 'a@v.example' }] },
      { name: 'mbox', mail: [{ to: 'b@v.example' }] },
      { name: 'an extension', mail: [{ to: 'a+ext@v.example' }] },
      { name: 'capitals', mail: [{ to: 'A+Ext@V.example' }] },
      { name: 'a deep one', mail: [{ to: 'c@v.example' }] },
      { name: 'one outside', mail: [{ to: 'e@v.example' }] },
      { name: 'a uid below the minimum', mail: [{ to: 'f@v.example' }] },
      { name: 'no uid', mail: [{ to: 'g@v.example' }] },
      { name: 'no number', mail: [{ to: 'h@v.example' }] },
      { name: 'no gid', mail: [{ to: 'i@v.example' }] },
      { name: 'absolute', mail: [{ to: 'j@v.example' }] },
      { name: 'unknown', mail: [{ to: 'Ghost+x@v.example' }] },
      {
        name: 'a symbolic link',
        setup: (p) => {
          p.write(`${p.vmail}/real`, '', { uid: 'oyaji' });
          fs.symlinkSync(`${p.vmail}/real`, `${p.vmail}/b`);
          fs.lchownSync(`${p.vmail}/b`, 20001, 20001);
        },
        mail: [{ to: 'b@v.example' }],
      },
      {
        name: 'of another user',
        setup: (p) => p.write(`${p.vmail}/b`, 'x', { uid: 'hanako', mode: 0o666 }),
        mail: [{ to: 'b@v.example' }],
      },
      {
        name: 'full',
        setup: (p) => p.write(`${p.vmail}/b`, 'x'.repeat(199_900), { uid: 'oyaji', mode: 0o600 }),
        mail: [{ to: 'b@v.example' }],
      },
      {
        name: 'unwritable base',
        setup: (p) => fs.chownSync(p.vmail, 0, 0),
        mail: [{ to: 'a@v.example' }, { to: 'b@v.example' }],
      },
      {
        name: 'been here',
        mail: [{ to: 'a@v.example', text: 'Delivered-To: a@v.example\nSubject: x\n\nx\n' }],
      },
      { name: 'two recipients', mail: [{ to: ['a@v.example', 'b@v.example'] }] },
    ],
  },
  {
    name: 'virtual without a base',
    main: {
      virtual_mailbox_domains: 'v.example',
      virtual_mailbox_base: '',
      virtual_mailbox_maps: map({
        'a@v.example': '@base@/vmail/a/',
        '@v.example': '@base@/vmail/all/',
      }),
      virtual_uid_maps: 'static:20001',
      virtual_gid_maps: 'static:20001',
    },
    cases: [
      { name: 'Maildir', mail: [{ to: 'a@v.example' }] },
      { name: 'all others', mail: [{ to: 'other@v.example' }] },
    ],
  },
  {
    name: 'virtual table missing',
    main: {
      virtual_mailbox_domains: 'v.example',
      virtual_mailbox_base: '@base@/vmail',
      virtual_mailbox_maps: map({ '@v.example': 'a/' }),
      virtual_uid_maps: 'hash:/nonexistent',
      virtual_gid_maps: 'static:20001',
    },
    cases: [{ name: 'mail waits', mail: [{ to: 'a@v.example' }] }],
  },
];
