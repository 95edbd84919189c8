/** commands - |command and mailbox_command: status, output, environment, rights. */
const exits = [0, 1, 2, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 127, 255];
const out = '@base@/vmail/out';

export const commands = [
  {
    name: 'command exits',
    main: { command_time_limit: '2s', recipient_delimiter: '+' },
    files: {
      aliases: [
        ...exits.map((status) => `exit${status}: "|exit ${status}"`),
        ...exits.map(
          (status) => `said${status}: "|echo some words; echo more >&2; exit ${status}"`,
        ),
        'dsn1: "|echo 5.7.9 you may not; exit 1"',
        'dsn2: "|echo 4.7.9 not yet; exit 77"',
        'dsn3: "|echo 2.7.9 good; exit 77"',
        'dsn4: "|echo  5.1.1 blanks; exit 75"',
        'none: "|/nonexistent/program"',
        'noneshell: "|/nonexistent/program; true"',
        'killed: "|kill -9 $$"',
        'term: "|kill -15 $$"',
        'slow: "|sleep 30"',
        'slowchild: "|sleep 30 & sleep 30"',
        'background: "|sleep 1000 & exit 0"',
        'many: "|yes 0123456789 | head -c 100000; exit 70"',
        'binary: "|printf \'a\\\\200b\\\\001c\\\\n\'; exit 70"',
        'many0: "|yes 0123456789 | head -c 1000000; exit 0"',
        'blank: "|  cat  >/dev/null"',
        'emptycmd: "|"',
        'noread: "|true"',
        'colon: "|: x"',
        'assign: "|X=1 true"',
        'noquote: |/bin/true',
        'quote2: |"exit 70"',
        'notexec: "|/etc/passwd"',
        'quotes: "|echo \\"a b\\" \\\\\\\\; exit 70"',
      ].join('\n'),
    },
    cases: [
      ...exits.map((status) => ({
        name: `exit ${status}`,
        mail: [{ to: `exit${status}@example.test` }],
      })),
      ...[1, 64, 70, 75, 77].map((status) => ({
        name: `said ${status}`,
        mail: [{ to: `said${status}@example.test` }],
      })),
      ...[
        'dsn1',
        'dsn2',
        'dsn3',
        'dsn4',
        'none',
        'noneshell',
        'killed',
        'term',
        'slow',
        'slowchild',
        'background',
        'many',
        'binary',
        'many0',
        'blank',
        'emptycmd',
        'noread',
        'colon',
        'assign',
        'noquote',
        'quote2',
        'notexec',
        'quotes',
      ].map((name) => ({ name, mail: [{ to: `${name}@example.test` }] })),
      {
        name: 'a long message to one that does not read',
        mail: [
          {
            to: 'noread@example.test',
            text: `Subject: x\n\n${'x'.repeat(78).concat('\n').repeat(4000)}`,
          },
        ],
      },
    ],
  },
  {
    name: 'command context',
    main: {
      recipient_delimiter: '+',
      export_environment: 'TZ FOO=bar',
      command_execution_directory: '',
    },
    files: {
      aliases: [
        `ctx: "|cat > ${out}/mail; env | sort | grep -v ^_= > ${out}/env; id > ${out}/id; pwd > ${out}/pwd; ls -l /proc/self/fd | wc -l > ${out}/fds; umask > ${out}/umask; ulimit -a > ${out}/ulimit"`,
        'owned: ctx',
      ].join('\n'),
    },
    cases: [
      {
        name: 'of an alias',
        setup: async (p) => {
          const fs = await import('node:fs');
          fs.mkdirSync(`${p.vmail}/out`);
          fs.chmodSync(`${p.vmail}/out`, 0o777);
        },
        mail: [
          {
            from: '"a\'b;c$d`e`"@remote.example',
            to: "ctx+x'y$z`e`@example.test",
            text: 'Subject: x\n\nFrom me\n',
          },
        ],
      },
      {
        name: 'of an alias, null sender',
        setup: async (p) => {
          const fs = await import('node:fs');
          fs.mkdirSync(`${p.vmail}/out`);
          fs.chmodSync(`${p.vmail}/out`, 0o777);
        },
        mail: [{ from: '', to: 'owned@example.test' }],
      },
    ],
  },
  {
    name: 'mailbox_command',
    main: {
      recipient_delimiter: '+',
      home_mailbox: '',
      mailbox_command:
        'cat > got-$USER.$EXTENSION; env | sort | grep -v ^_= > env; id > id; pwd > pwd',
      command_execution_directory: '$home',
    },
    cases: [
      { name: 'of a user', mail: [{ to: 'oyaji+ext@example.test' }] },
      {
        name: 'of a user without a home',
        setup: async ({ home }) =>
          (await import('node:fs')).rmSync(home('oyaji'), { recursive: true }),
        mail: [{ to: 'oyaji@example.test' }],
      },
    ],
  },
  {
    name: 'mailbox_command with macros',
    main: {
      recipient_delimiter: '+',
      home_mailbox: '',
      mailbox_command: '/bin/sh -c "cat > $HOME/got; exit 75"',
      mailbox_command_maps: 'inline:{{hanako = exit 70}}',
    },
    cases: [
      { name: 'of a user', mail: [{ to: 'oyaji+ext@example.test' }] },
      { name: 'of a user with one of its own', mail: [{ to: 'hanako@example.test' }] },
      { name: 'of root', mail: [{ to: 'root@example.test' }] },
    ],
  },
  {
    name: 'restricted',
    main: {
      allow_mail_to_commands: '',
      allow_mail_to_files: '',
      local_command_shell: '/bin/echo no',
    },
    files: { aliases: 'c: "|true", oyaji\nf: /dev/null, oyaji\n' },
    cases: [
      { name: 'a command', mail: [{ to: 'c@example.test' }] },
      { name: 'a file', mail: [{ to: 'f@example.test' }] },
    ],
  },
  {
    name: 'local_command_shell',
    main: {
      local_command_shell: '/bin/echo 5.3.3 shell',
      allow_mail_to_commands: 'alias,forward,include',
    },
    files: { aliases: 'c: "|true && x"\n' },
    cases: [{ name: 'a command', mail: [{ to: 'c@example.test' }] }],
  },
  {
    name: 'include with rights',
    main: { allow_mail_to_commands: 'alias,forward,include', allow_mail_to_files: 'include' },
    files: { aliases: 'i: :include:@base@/vmail/i\nf: /dev/null\n' },
    cases: [
      {
        name: 'of a user',
        setup: (p) =>
          p.write(`${p.vmail}/i`, '"|id > @base@/vmail/id", @base@/vmail/file, oyaji\n', {
            uid: 'oyaji',
            mode: 0o600,
          }),
        mail: [{ to: 'i@example.test' }],
      },
      {
        name: 'of root',
        setup: async (p) => {
          (await import('node:fs')).chmodSync(p.vmail, 0o777);
          p.write(
            `${p.vmail}/i`,
            '"|id > @base@/vmail/id; env | grep -v ^_= | sort > @base@/vmail/env", @base@/vmail/file, oyaji\n',
          );
        },
        mail: [{ to: 'i@example.test' }],
      },
      { name: 'a file by an alias', mail: [{ to: 'f@example.test' }] },
    ],
  },
  {
    name: 'mail from sendmail',
    main: {
      home_mailbox: '',
      mailbox_command: 'env | sort | grep -v ^_= > $HOME/env; cat > $HOME/got',
    },
    cases: [{ name: 'to a command', mail: [{ sendmail: true, to: 'oyaji@example.test' }] }],
  },
];
