/** forwards - .forward files: what they may say, whose they must be. */
export const forwards = [
  {
    name: 'forward',
    main: { recipient_delimiter: '+' },
    files: {
      aliases: [
        'a: oyaji',
        'chain: link1',
        'link1: hanako',
        'whoami: "|id > @base@/vmail/id"',
        'kenji2: kenji',
      ].join('\n'),
    },
    cases: [
      {
        name: 'to another user',
        setup: ({ user }) => user('oyaji', '.forward', 'hanako\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'to oneself and another',
        setup: ({ user }) => user('oyaji', '.forward', 'oyaji\nhanako\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'to \\oneself',
        setup: ({ user }) => user('oyaji', '.forward', '\\oyaji, someone@remote.example\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'to oneself by a full address',
        setup: ({ user }) => user('oyaji', '.forward', 'oyaji@example.test\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'elsewhere',
        setup: ({ user }) => user('oyaji', '.forward', 'someone@remote.example'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'to a command',
        setup: ({ user }) =>
          user(
            'oyaji',
            '.forward',
            '"|cat > $HOME/got; env | sort | grep -v ^_= > $HOME/env; id > $HOME/id; pwd > $HOME/pwd"\n',
          ),
        mail: [{ to: 'oyaji+ext@example.test' }],
      },
      {
        name: 'to a file',
        setup: ({ user, home }) => user('oyaji', '.forward', `${home('oyaji', 'box')}\n`),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'to a Maildir',
        setup: ({ user, home }) => user('oyaji', '.forward', `${home('oyaji', 'other/')}\n`),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'empty',
        setup: ({ user }) => user('oyaji', '.forward', ''),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'comments only',
        setup: ({ user }) => user('oyaji', '.forward', '# nothing\n\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'of root',
        setup: ({ user }) => user('oyaji', '.forward', 'hanako\n', { uid: 0 }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'of another user',
        setup: ({ user }) => user('oyaji', '.forward', 'hanako\n', { uid: 'taro' }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'writable by all',
        setup: ({ user }) => user('oyaji', '.forward', 'hanako\n', { mode: 0o666 }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'writable by the group',
        setup: ({ user }) => user('oyaji', '.forward', 'hanako\n', { mode: 0o664 }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'unreadable',
        setup: ({ user }) => user('oyaji', '.forward', 'hanako\n', { mode: 0 }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'a directory',
        setup: ({ user }) => user('oyaji', '.forward/x', 'hanako\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: "a symbolic link to one's own file",
        setup: async ({ user, home }) => {
          user('oyaji', 'fwd', 'hanako\n');
          (await import('node:fs')).symlinkSync(home('oyaji', 'fwd'), home('oyaji', '.forward'));
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'a FIFO',
        setup: async ({ home }) => {
          const { spawnSync } = await import('node:child_process');
          spawnSync('mkfifo', [home('oyaji', '.forward')]);
          spawnSync('chown', ['oyaji', home('oyaji', '.forward')]);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'for an extension',
        setup: ({ user }) => {
          user('oyaji', '.forward', 'hanako\n');
          user('oyaji', '.forward+ext', 'taro\n');
        },
        mail: [{ to: 'oyaji+ext@example.test' }, { to: 'oyaji+other@example.test' }],
      },
      {
        name: 'behind an alias',
        setup: ({ user }) => user('oyaji', '.forward', 'hanako, taro\n'),
        mail: [{ to: 'a@example.test' }],
      },
      {
        name: 'of two users in a circle',
        setup: ({ user }) => {
          user('oyaji', '.forward', 'hanako\n');
          user('hanako', '.forward', 'oyaji\n');
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'an include',
        setup: ({ user, home }) => {
          user('oyaji', '.forward', `:include:${home('oyaji', 'list')}\n`);
          user('oyaji', 'list', 'hanako\n|cat\n');
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'an include of a file that only others may read',
        setup: ({ user, home }) => {
          user('oyaji', '.forward', `:include:${home('hanako', 'list')}\n`);
          user('hanako', 'list', 'taro\n');
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'a command of a user with a bad exit',
        setup: ({ user }) => user('oyaji', '.forward', '"|exit 77"\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'home writable by all',
        setup: async ({ user, home }) => {
          user('oyaji', '.forward', 'hanako\n');
          (await import('node:fs')).chmodSync(home('oyaji'), 0o777);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'a long line',
        anyOrder: true,
        setup: ({ user }) =>
          user(
            'oyaji',
            '.forward',
            `${Array.from({ length: 30 }, (_, i) => `ghost${i}`).join(', ')}, hanako\n`,
          ),
        mail: [{ to: 'oyaji@example.test' }],
        limit: 60000,
      },
      {
        name: 'to an alias',
        setup: ({ user }) => user('oyaji', '.forward', 'chain\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'to an alias of oneself',
        setup: ({ user }) => user('oyaji', '.forward', 'a\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'to an alias that is a command',
        setup: async ({ user, vmail }) => {
          user('oyaji', '.forward', 'whoami\n');
          (await import('node:fs')).chmodSync(vmail, 0o777);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'to oneself with an extension',
        setup: ({ user }) => user('oyaji', '.forward', 'oyaji+x, kenji2\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: "an include of root's file",
        setup: ({ user, write, vmail }) => {
          user('oyaji', '.forward', `:include:${vmail}/list\n`);
          write(`${vmail}/list`, 'hanako, oyaji\n');
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'NOTIFY=SUCCESS',
        setup: ({ user }) => user('oyaji', '.forward', 'hanako, oyaji\n'),
        mail: [{ to: 'oyaji@example.test', rcpt: ' NOTIFY=SUCCESS,FAILURE' }],
      },
      {
        name: 'the same twice',
        setup: ({ user }) =>
          user(
            'oyaji',
            '.forward',
            'hanako, hanako, oyaji, oyaji, /dev/null, /dev/null, |true, |true\n',
          ),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'bad text',
        setup: ({ user }) => user('oyaji', '.forward', 'a@b@c, "x, <>, ,, (x\n'),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'no home directory',
        setup: async ({ home }) =>
          (await import('node:fs')).rmSync(home('oyaji'), { recursive: true }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'a home that the user may not enter',
        setup: async ({ home }) => {
          const fs = await import('node:fs');
          fs.chownSync(home('oyaji'), 0, 0);
          fs.chmodSync(home('oyaji'), 0o700);
        },
        mail: [{ to: 'oyaji@example.test' }],
      },
    ],
  },
  {
    name: 'require_home_directory',
    main: { require_home_directory: 'yes' },
    cases: [
      {
        name: 'no home directory',
        setup: async ({ home }) =>
          (await import('node:fs')).rmSync(home('oyaji'), { recursive: true }),
        mail: [{ to: 'oyaji@example.test' }],
      },
    ],
  },
  {
    name: 'forward_path elsewhere',
    main: {
      forward_path: '@base@/vmail/$user.fwd, @base@/vmail/${extension?x-$extension}',
      recipient_delimiter: '+-',
    },
    cases: [
      {
        name: 'a file for each user',
        setup: ({ write, vmail }) => write(`${vmail}/oyaji.fwd`, 'hanako\n', { uid: 'oyaji' }),
        mail: [{ to: 'oyaji@example.test' }],
      },
      {
        name: 'an extension with odd characters',
        setup: ({ write, vmail }) => write(`${vmail}/x-a_b`, 'hanako\n', { uid: 'oyaji' }),
        mail: [{ to: '"oyaji-a$b"@example.test' }],
      },
      {
        name: 'an extension with dots',
        setup: ({ write, vmail }) => write(`${vmail}/x`, 'hanako\n', { uid: 'oyaji' }),
        mail: [{ to: 'oyaji-../x@example.test' }],
      },
      { name: 'capitals', mail: [{ to: 'OYAJI-Ext@example.test' }] },
    ],
  },
];
