/** aliases - alias_maps: names to users, lists, commands, files, includes; owners, loops, rights. */
const list = (...rows) => `${rows.join('\n')}\n`;

export const aliases = [
  {
    name: 'aliases',
    main: { recipient_delimiter: '+' },
    files: {
      aliases: list(
        'root: oyaji',
        'chain: link1',
        'link1: link2',
        'link2: hanako',
        'both: oyaji, hanako',
        'twice: oyaji, oyaji, both',
        'selfish: selfish, oyaji',
        'oyaji2: \\oyaji',
        'loop1: loop2',
        'loop2: loop1',
        'remote: someone@remote.example',
        'mixed: oyaji, someone@remote.example, ghost',
        'ghosts: ghost1, ghost2',
        'taro: taro, hanako',
        'null: /dev/null',
        'file: @base@/vmail/list-file',
        'filedir: @base@/vmail/md/',
        'cmd: "|cat > /tmp/should-not-matter"',
        'plus+exact: hanako',
        'plus: oyaji',
        'fqdn: oyaji@example.test',
        'quoted: "oyaji"',
        'named: Some One <oyaji@example.test>',
        'commented: oyaji (the old one), hanako',
        'upper: OYAJI',
        'ext: oyaji+box',
        'badaddr: a@b@c, oyaji',
        'empty:',
        'newfile: @base@/vmail/nodir/x',
        'list1: hanako, ghost',
        'owner-list1: kenji',
        'list2: hanako, someone@remote.example',
        'owner-list2: kenji, yuki',
        'list2-request: kenji',
        'inc: :include:@base@/vmail/include',
        'owner-inc: kenji',
        'incmissing: :include:@base@/vmail/none',
        'increl: :include:none',
        'incdir: :include:@base@/vmail',
        'inccmd: :include:@base@/vmail/include-cmd',
        'incfile: :include:@base@/vmail/include-file',
        'increc: :include:@base@/vmail/include-rec',
        'incroot: :include:@base@/vmail/include-root',
        'bang: a!b',
        'postmaster: root',
        'mailer-daemon: postmaster',
        'twolists: list1, list2',
        'slash: \\\\chain, \\\\ghost',
        'abuse: postmaster2, mailer-daemon2',
      ),
    },
    cases: [
      { name: 'a name to a user', mail: [{ to: 'root@example.test' }] },
      { name: 'a chain of names', mail: [{ to: 'chain@example.test' }] },
      { name: 'two users', mail: [{ to: 'both@example.test' }] },
      { name: 'a user on two branches gets one copy', mail: [{ to: 'twice@example.test' }] },
      { name: 'a name in its own expansion', mail: [{ to: 'selfish@example.test' }] },
      { name: 'a user in its own expansion', mail: [{ to: 'taro@example.test' }] },
      { name: 'a backslash', mail: [{ to: 'oyaji2@example.test' }] },
      { name: 'names in a circle', mail: [{ to: 'loop1@example.test' }] },
      { name: 'an address elsewhere', mail: [{ to: 'remote@example.test' }] },
      {
        name: 'a user, an address elsewhere, an unknown name',
        mail: [{ to: 'mixed@example.test' }],
      },
      { name: 'only unknown names', mail: [{ to: 'ghosts@example.test' }] },
      { name: 'the null device', mail: [{ to: 'null@example.test' }] },
      {
        name: 'a file, made by default_privs where it may',
        setup: ({ write, vmail }) => write(`${vmail}/list-file`, '', { uid: 65534, mode: 0o600 }),
        mail: [{ to: 'file@example.test' }],
      },
      { name: 'a file that default_privs cannot make', mail: [{ to: 'file@example.test' }] },
      { name: 'a file in a directory that is not there', mail: [{ to: 'newfile@example.test' }] },
      {
        name: 'a file of another user',
        setup: ({ write, vmail }) =>
          write(`${vmail}/list-file`, 'x\n', { uid: 'oyaji', mode: 0o666 }),
        mail: [{ to: 'file@example.test' }],
      },
      { name: 'a Maildir that default_privs cannot make', mail: [{ to: 'filedir@example.test' }] },
      { name: 'a name with its extension', mail: [{ to: 'plus+exact@example.test' }] },
      { name: 'a name without its extension', mail: [{ to: 'plus+other@example.test' }] },
      { name: 'a full address of ours', mail: [{ to: 'fqdn@example.test' }] },
      { name: 'a quoted name', mail: [{ to: 'quoted@example.test' }] },
      { name: 'a display name', mail: [{ to: 'named@example.test' }] },
      { name: 'a comment', mail: [{ to: 'commented@example.test' }] },
      { name: 'capitals on the right', mail: [{ to: 'upper@example.test' }] },
      { name: 'capitals on the left', mail: [{ to: 'ROOT@Example.Test' }] },
      { name: 'an extension on the right', mail: [{ to: 'ext@example.test' }] },
      { name: 'a bad address among good ones', mail: [{ to: 'badaddr@example.test' }] },
      { name: 'nothing on the right', mail: [{ to: 'empty@example.test' }] },
      { name: 'a path with bangs', mail: [{ to: 'bang@example.test' }] },
      { name: 'owner- becomes the sender, one unknown name', mail: [{ to: 'list1@example.test' }] },
      { name: 'owner- with two names', mail: [{ to: 'list2@example.test' }] },
      { name: 'owner- and capitals', mail: [{ to: 'LIST2@Example.Test' }] },
      { name: 'mail to owner- itself', mail: [{ to: 'owner-list2@example.test' }] },
      { name: 'mail to -request', mail: [{ to: 'list2-request@example.test' }] },
      { name: 'two lists with owners', mail: [{ to: 'twolists@example.test' }] },
      { name: 'owner- and the null sender', mail: [{ from: '', to: 'list1@example.test' }] },
      {
        name: 'an include file',
        setup: ({ write, vmail }) =>
          write(`${vmail}/include`, '# a list\noyaji, hanako\n  taro\n\nyuki ghost\n', {
            uid: 'oyaji',
          }),
        mail: [{ to: 'inc@example.test' }],
      },
      {
        name: 'an include file of root',
        setup: ({ write, vmail }) => write(`${vmail}/include-root`, 'oyaji\n', { mode: 0o600 }),
        mail: [{ to: 'incroot@example.test' }],
      },
      { name: 'an include file that is missing', mail: [{ to: 'incmissing@example.test' }] },
      { name: 'an include file without /', mail: [{ to: 'increl@example.test' }] },
      { name: 'an include that is a directory', mail: [{ to: 'incdir@example.test' }] },
      {
        name: 'an include file that all may write',
        setup: ({ write, vmail }) =>
          write(`${vmail}/include`, 'oyaji\n', { uid: 'oyaji', mode: 0o666 }),
        mail: [{ to: 'inc@example.test' }],
      },
      {
        name: 'a command in an include file',
        setup: ({ write, vmail }) =>
          write(`${vmail}/include-cmd`, '|cat, oyaji\n', { uid: 'oyaji' }),
        mail: [{ to: 'inccmd@example.test' }],
      },
      {
        name: 'a file in an include file',
        setup: ({ write, vmail }) =>
          write(`${vmail}/include-file`, '/dev/null, oyaji\n', { uid: 'oyaji' }),
        mail: [{ to: 'incfile@example.test' }],
      },
      {
        name: 'an include file that includes itself',
        setup: ({ write, vmail }) =>
          write(`${vmail}/include-rec`, 'oyaji, :include:@base@/vmail/include-rec\n', {
            uid: 'oyaji',
          }),
        mail: [{ to: 'increc@example.test' }],
      },
      {
        name: 'two recipients of one message',
        mail: [{ to: ['root@example.test', 'chain@example.test'] }],
      },
      {
        name: 'mail that was here before',
        mail: [
          { to: 'root@example.test', text: 'Delivered-To: root@example.test\nSubject: x\n\nx\n' },
        ],
      },
      {
        name: 'mail that was at the target before',
        mail: [
          { to: 'root@example.test', text: 'Delivered-To: OYAJI@example.test\nSubject: x\n\nx\n' },
        ],
      },
      {
        name: 'NOTIFY=SUCCESS to two users',
        mail: [{ to: 'both@example.test', rcpt: ' NOTIFY=SUCCESS ORCPT=rfc822;x@y.example' }],
      },
      {
        name: 'NOTIFY=SUCCESS to one user',
        mail: [{ to: 'root@example.test', rcpt: ' NOTIFY=SUCCESS' }],
      },
      {
        name: 'NOTIFY=SUCCESS to a list with an owner',
        mail: [{ to: 'list2@example.test', rcpt: ' NOTIFY=SUCCESS' }],
      },
      {
        name: 'NOTIFY=NEVER to a list with an owner',
        mail: [{ to: 'list1@example.test', rcpt: ' NOTIFY=NEVER' }],
      },
      {
        name: 'NOTIFY=NEVER to unknown names',
        mail: [{ to: 'ghosts@example.test', rcpt: ' NOTIFY=NEVER' }],
      },
      { name: 'a backslash before another alias', mail: [{ to: 'slash@example.test' }] },
      { name: 'postmaster without an alias', mail: [{ from: '', to: 'abuse@example.test' }] },
    ],
  },
  {
    name: 'expand_owner_alias',
    main: {
      expand_owner_alias: 'yes',
      reset_owner_alias: 'yes',
      frozen_delivered_to: 'no',
      prepend_delivered_header: 'forward',
    },
    files: {
      aliases: list(
        'list1: hanako, ghost, someone@remote.example',
        'owner-list1: kenji, yuki',
        'list2: sub, taro',
        'sub: oyaji, someone@remote.example',
        'owner-list2: kenji',
      ),
    },
    cases: [
      {
        name: 'the owner is expanded',
        mail: [{ from: 'yuki@example.test', to: 'list1@example.test' }],
      },
      {
        name: 'a child without an owner',
        mail: [{ from: 'yuki@example.test', to: 'list2@example.test' }],
      },
    ],
  },
  {
    name: 'two domains of recipients, luser_relay',
    main: {
      luser_relay: 'oyaji+$local',
      recipient_delimiter: '+',
      propagate_unmatched_extensions: 'alias, forward',
    },
    files: { aliases: list('a: hanako', 'r: x@remote.example', 'bad: nobodyhere') },
    cases: [
      { name: 'an unknown user', mail: [{ to: 'ghost@example.test' }] },
      { name: 'an unknown user with an extension', mail: [{ to: 'ghost+e@example.test' }] },
      { name: 'an unknown user behind an alias', mail: [{ to: 'bad@example.test' }] },
      { name: 'an extension goes through an alias', mail: [{ to: 'a+box@example.test' }] },
      {
        name: 'an extension goes through an alias to elsewhere',
        mail: [{ to: 'r+box@example.test' }],
      },
      { name: 'another of our domains', mail: [{ to: 'a@localhost.example.test' }] },
    ],
  },
  {
    name: 'luser_relay elsewhere',
    main: { luser_relay: '$user@relay.example' },
    cases: [{ name: 'an unknown user', mail: [{ to: 'Ghost+e@example.test' }] }],
  },
  {
    name: 'a missing table',
    main: { alias_maps: 'hash:/nonexistent/aliases' },
    cases: [{ name: 'mail waits', mail: [{ to: 'oyaji@example.test' }] }],
  },
  {
    name: 'transports',
    main: {
      mailbox_transport_maps: 'inline:{{hanako=error:5.7.0 no mail}}',
      fallback_transport: 'discard:',
      fallback_transport_maps: 'inline:{{nemo=error:5.1.0 no nemo}}',
    },
    cases: [
      { name: 'mailbox_transport_maps', mail: [{ to: 'hanako@example.test' }] },
      { name: 'fallback_transport', mail: [{ to: 'ghost@example.test' }] },
      { name: 'fallback_transport_maps', mail: [{ to: 'nemo@example.test' }] },
      {
        name: 'postmaster, mailer-daemon, double-bounce',
        mail: [
          { to: 'postmaster@example.test' },
          { from: '', to: 'mailer-daemon@example.test' },
          { to: 'double-bounce@example.test' },
        ],
      },
      { name: 'neither', mail: [{ to: 'oyaji@example.test' }] },
    ],
  },
];

aliases.push({
  name: 'names that must be there',
  cases: [
    { name: 'postmaster', mail: [{ to: 'postmaster@example.test' }] },
    { name: 'postmaster, null sender', mail: [{ from: '', to: 'postmaster@example.test' }] },
    { name: 'mailer-daemon', mail: [{ to: 'MAILER-DAEMON@example.test' }] },
    { name: 'double-bounce', mail: [{ to: 'double-bounce@example.test' }] },
  ],
});
