/** mailboxes - Maildir and mbox, in the home and in the spool, and the tricks that must fail. */
import fs from 'node:fs';
import { spawnSync } from 'node:child_process';

const long = `Subject: long\n\n${'From the start\n>From here\n x\n'.repeat(2000)}From the end without line end`;

const tricks = (box, owner = 'oyaji') => [
  { name: 'new', mail: [{ to: 'oyaji@example.test' }] },
  {
    name: 'two messages',
    mail: [{ to: 'oyaji@example.test' }, { to: 'oyaji@example.test', text: long }],
  },
  { name: 'the null sender', mail: [{ from: '', to: 'oyaji@example.test' }] },
  {
    name: 'a sender to be quoted',
    mail: [{ from: '"a b"@example.test', to: 'oyaji@example.test' }],
  },
  {
    name: 'a content with From_ at its start',
    mail: [{ to: 'oyaji@example.test', text: 'From here to there\nSubject: x\n\nFrom me\n.\n\n' }],
  },
  { name: 'no header, no end', mail: [{ to: 'oyaji@example.test', text: '\nFrom me' }] },
  {
    name: 'a symbolic link',
    setup: (p) => {
      p.write(p.home('hanako', 'target'), 'old\n', { uid: owner });
      fs.symlinkSync(p.home('hanako', 'target'), box(p));
    },
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'a symbolic link of root',
    setup: (p) => {
      p.user('oyaji', 'target', 'old\n');
      fs.symlinkSync(p.home('oyaji', 'target'), box(p));
    },
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'a dangling symbolic link',
    setup: (p) => {
      fs.symlinkSync(p.home('oyaji', 'nothing'), box(p));
      fs.lchownSync(box(p), 20001, 20001);
    },
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'a second hard link',
    setup: (p) => {
      p.user('oyaji', 'target', 'old\n');
      fs.linkSync(p.home('oyaji', 'target'), box(p));
    },
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'a FIFO',
    setup: (p) => {
      spawnSync('mkfifo', [box(p)]);
      fs.chownSync(box(p), 20001, 20001);
    },
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'a directory',
    setup: (p) => {
      fs.mkdirSync(box(p));
      fs.chownSync(box(p), 20001, 20001);
    },
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'of another user',
    setup: (p) => p.write(box(p), 'old\n', { uid: 'hanako', mode: 0o666 }),
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'of root',
    setup: (p) => p.write(box(p), 'old\n', { mode: 0o666 }),
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'unwritable',
    setup: (p) => p.write(box(p), 'old\n', { uid: 'oyaji', mode: 0o400 }),
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'with an old end',
    setup: (p) =>
      p.write(box(p), 'From x  Tue Nov 24 09:05:04 2026\n\nx', { uid: 'oyaji', mode: 0o640 }),
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'full',
    setup: (p) => p.write(box(p), 'x'.repeat(149_900), { uid: 'oyaji', mode: 0o600 }),
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'locked by a file',
    setup: (p) => p.write(`${box(p)}.lock`, '1', { uid: 'oyaji' }),
    mail: [{ to: 'oyaji@example.test' }],
  },
  {
    name: 'locked by an old file',
    setup: (p) => {
      p.write(`${box(p)}.lock`, '1', { uid: 'oyaji' });
      fs.utimesSync(`${box(p)}.lock`, 1e9, 1e9);
    },
    mail: [{ to: 'oyaji@example.test' }],
  },
];

const limits = {
  mailbox_size_limit: '150000',
  message_size_limit: '140000',
  deliver_lock_attempts: '2',
  recipient_delimiter: '+',
};

export const mailboxes = [
  {
    name: 'mbox in the home',
    main: { ...limits, home_mailbox: 'Mailbox' },
    cases: [
      ...tricks((p) => p.home('oyaji', 'Mailbox')),
      {
        name: 'there, in a home that is not writable',
        setup: (p) => {
          p.user('oyaji', 'Mailbox', '');
          fs.chmodSync(p.home('oyaji'), 0o500);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'no home',
        setup: (p) => fs.rmSync(p.home('oyaji'), { recursive: true }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'no space',
        setup: (p) => {
          spawnSync('mount', [
            '-t',
            'tmpfs',
            '-o',
            'size=64k,uid=20001,mode=700',
            'none',
            p.home('oyaji'),
          ]);
          p.user('oyaji', 'fill', 'x'.repeat(57344));
        },
        cleanup: (p) => spawnSync('umount', ['-l', p.home('oyaji')]),
        mail: [{ to: 'oyaji@example.test', text: long }],
      },
    ],
  },
  {
    name: 'mbox in the spool',
    main: { ...limits, home_mailbox: '', mail_spool_directory: '@base@/mail' },
    cases: [
      ...tricks((p) => `${p.spool}/oyaji`),
      { name: 'a user with an extension', mail: [{ to: 'Oyaji+Ext@example.test' }] },
      {
        name: 'unknown',
        mail: [
          { to: 'Ghost+Ext@example.test' },
          { to: '"a b"@example.test' },
          { to: 'ghost@localhost' },
        ],
      },
      { name: 'daemon', mail: [{ to: 'daemon@example.test' }] },
      { name: 'root', mail: [{ to: 'root@example.test' }] },
    ],
  },
  {
    name: 'mbox in a spool of root',
    main: {
      ...limits,
      home_mailbox: '',
      mail_spool_directory: '@base@/mail',
      strict_mailbox_ownership: 'no',
      mailbox_delivery_lock: 'flock, fcntl',
    },
    cases: [
      {
        name: 'new, where only root may make files',
        setup: (p) => {
          fs.chmodSync(p.spool, 0o755);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'new, where the group mail may make files',
        setup: (p) => {
          fs.chmodSync(p.spool, 0o2775);
          fs.chownSync(p.spool, 0, 8);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'there',
        setup: (p) => {
          fs.chmodSync(p.spool, 0o755);
          p.write(`${p.spool}/oyaji`, '', { uid: 'oyaji', mode: 0o600 });
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'of another user',
        setup: (p) => p.write(`${p.spool}/oyaji`, 'old\n', { uid: 'hanako', mode: 0o666 }),
        mail: [{ to: 'oyaji@example.test' }],
      },
    ],
  },
  {
    name: 'dotlock in a spool of the group mail',
    main: { ...limits, home_mailbox: '', mail_spool_directory: '@base@/mail' },
    cases: [
      {
        name: 'new',
        setup: (p) => {
          fs.chmodSync(p.spool, 0o2775);
          fs.chownSync(p.spool, 0, 8);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'there',
        setup: (p) => {
          fs.chmodSync(p.spool, 0o2775);
          fs.chownSync(p.spool, 0, 8);
          p.write(`${p.spool}/oyaji`, '', { uid: 'oyaji', mode: 0o600 });
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'a dotlock of someone',
        setup: (p) => {
          fs.chmodSync(p.spool, 0o2775);
          fs.chownSync(p.spool, 0, 8);
          p.write(`${p.spool}/oyaji.lock`, '', { uid: 'hanako', mode: 0o600 });
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
    ],
  },
  {
    name: 'Maildir in the spool',
    main: { ...limits, home_mailbox: '', mail_spool_directory: '@base@/mail/' },
    cases: [{ name: 'new', mail: [{ to: 'oyaji@example.test' }] }],
  },
  {
    name: 'Maildir',
    main: { ...limits, home_mailbox: 'Maildir/' },
    cases: [
      { name: 'new', mail: [{ to: 'oyaji@example.test' }] },
      { name: 'a long message', mail: [{ to: 'oyaji@example.test', text: long }] },
      { name: 'the null sender', mail: [{ from: '', to: 'oyaji@example.test' }] },
      {
        name: 'an address to be quoted',
        mail: [{ from: '"a b"@example.test', to: '"oyaji+a b"@example.test' }],
      },
      { name: 'no header, no end', mail: [{ to: 'oyaji@example.test', text: '\nFrom me' }] },
      {
        name: 'Return-Path and Delivered-To of the content',
        mail: [
          {
            to: 'oyaji@example.test',
            text: 'Return-Path: <x@y>\nDelivered-To: else@example.test\nBcc: z\nSubject: x\n\nx\n',
          },
        ],
      },
      {
        name: 'deeper',
        setup: (p) => fs.rmSync(p.home('oyaji'), { recursive: true }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'a file in its place',
        setup: (p) => p.user('oyaji', 'Maildir', 'x'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'unwritable',
        setup: (p) => {
          p.user('oyaji', 'Maildir/tmp/x', 'x');
          fs.chmodSync(p.home('oyaji', 'Maildir/tmp'), 0o555);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'a link to another directory',
        setup: (p) => {
          for (const d of ['m', 'm/new', 'm/cur', 'm/tmp']) {
            fs.mkdirSync(p.home('oyaji', d));
            fs.chownSync(p.home('oyaji', d), 20001, 20001);
          }
          fs.symlinkSync(p.home('oyaji', 'm'), p.home('oyaji', 'Maildir'));
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'no space',
        setup: (p) => {
          spawnSync('mount', [
            '-t',
            'tmpfs',
            '-o',
            'size=64k,uid=20001,mode=700',
            'none',
            p.home('oyaji'),
          ]);
          p.user('oyaji', 'fill', 'x'.repeat(57344));
        },
        cleanup: (p) => spawnSync('umount', ['-l', p.home('oyaji')]),
        mail: [{ to: 'oyaji@example.test', text: long }],
      },
      {
        name: 'no inodes',
        setup: (p) => {
          spawnSync('mount', [
            '-t',
            'tmpfs',
            '-o',
            'nr_inodes=2,uid=20001,mode=700',
            'none',
            p.home('oyaji'),
          ]);
        },
        cleanup: (p) => spawnSync('umount', ['-l', p.home('oyaji')]),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'new is missing',
        setup: (p) => {
          fs.mkdirSync(p.home('oyaji', 'Maildir/tmp'), { recursive: true });
          for (const d of ['Maildir', 'Maildir/tmp'])
            fs.chownSync(p.home('oyaji', d), 20001, 20001);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
    ],
  },
  {
    name: 'Maildir below Mail',
    main: { home_mailbox: 'Mail/in/box/' },
    cases: [{ name: 'new', mail: [{ to: 'oyaji@example.test' }] }],
  },
  {
    name: 'read-only home',
    main: { home_mailbox: 'Maildir/' },
    cases: [
      {
        name: 'Maildir',
        setup: (p) => {
          spawnSync('mount', [
            '-t',
            'tmpfs',
            '-o',
            'ro,uid=20001,mode=700',
            'none',
            p.home('oyaji'),
          ]);
        },
        cleanup: (p) => spawnSync('umount', ['-l', p.home('oyaji')]),
        mail: [{ to: 'oyaji@example.test' }],
      },
    ],
  },
  {
    name: 'prepend_delivered_header',
    main: {
      prepend_delivered_header: '',
      home_mailbox: 'Maildir/',
      enable_original_recipient: 'no',
    },
    files: { aliases: 'a: oyaji\n' },
    cases: [{ name: 'new', mail: [{ to: 'oyaji@example.test' }, { to: 'a@example.test' }] }],
  },
];
