/** pipe - services of pipe(8): arguments, flags, status, output, rights, limits. */
import fs from 'node:fs';

const out = '@base@/vmail/out';
const put = `/bin/sh -c { cat > ${out}/mail; echo "$$@" > ${out}/arguments; id > ${out}/id; pwd > ${out}/pwd; env | sort | grep -v ^_= > ${out}/env; umask > ${out}/umask } sh`;
const all =
  '${sender} ${recipient} ${original_recipient} ${user} ${extension} ${domain} ${mailbox} ${nexthop} ' +
  'q=${client_address}|${client_helo}|${client_hostname}|${client_protocol} $$x $(user) $user-$nexthop';

const exits = {
  ok: 'exit 0',
  said: 'echo good; echo and more; exit 0',
  later: 'exit 75',
  latersaid: 'echo some words; echo more >&2; exit 75',
  unknown: 'exit 67',
  odd: 'echo words; exit 3',
  dsn5: 'echo 5.7.9 you may not; exit 75',
  dsn4: 'echo 4.7.9 not yet; exit 77',
  killed: 'kill -9 $$$$',
  slow: 'sleep 30',
};
const line = (name, rest) => `${name} unix - n n - - pipe ${rest}\n`;
const services = {
  ...Object.fromEntries(
    Object.entries(exits).map(([name, script]) => [
      name,
      `user=yuki argv=/bin/sh -c { ${script} }`,
    ]),
  ),
  plain: `user=yuki argv=${put} ${all}`,
  flagged: `flags=BDFORXhqu.> user=yuki argv=${put} ${all}`,
  crlf: `flags=BR. user=yuki eol=\\r\\n argv=${put} $sender`,
  grouped: `user=yuki:taro directory=@base@/vmail argv=${put} $sender`,
  nulled: `flags=FRq user=yuki null_sender= argv=${put} <$sender> -f \${sender}`,
  nulled2: `flags=FR user=yuki null_sender=nobody argv=${put} $sender`,
  nowhere: `user=yuki directory=/nonexistent argv=${put}`,
  closed: `user=yuki directory=@base@/home/oyaji argv=${put}`,
  missing: 'user=yuki argv=/nonexistent/program $recipient',
  notexec: 'user=yuki argv=/etc/passwd',
  small: `user=yuki size=50 argv=${put}`,
  noread: 'user=yuki argv=/bin/true',
  several: `flags=R user=yuki argv=${put} -a \${recipient} to=\${user}/\${domain} end`,
  severald: `flags=DR user=yuki argv=${put} \${recipient}`,
};

const open = async ({ vmail }) => {
  fs.mkdirSync(`${vmail}/out`);
  fs.chmodSync(`${vmail}/out`, 0o777);
};

const text =
  'From: kenji@example.test\nSubject: x\n\n.dot\nFrom me\n..two\n>From us\n\nlast line\n';

const to = (name, options = {}) => ({
  name,
  setup: open,
  mail: [{ to: `some.one+ext@${name}.example`, text, ...options }],
});

export const pipe = [
  {
    name: 'pipe',
    main: {
      recipient_delimiter: '+',
      slow_time_limit: '2s',
      export_environment: 'TZ FOO=bar',
      transport_maps: `inline:{${Object.keys(services)
        .map((name) => `{${name}.example=${name}:Next.${name}}`)
        .join(', ')}}`,
      relay_domains: Object.keys(services)
        .map((name) => `${name}.example`)
        .join(' '),
    },
    extraMaster: Object.entries(services)
      .map(([name, rest]) => line(name, rest))
      .join(''),
    cases: [
      ...Object.keys(exits).map((name) => to(name)),
      to('plain', { from: 'Kenji+y@Example.Test' }),
      to('flagged', { from: 'Kenji+y@Example.Test', to: 'Some.One+Ext@Flagged.Example' }),
      to('crlf'),
      to('grouped'),
      to('nulled', { from: '' }),
      to('nulled2', { from: '' }),
      {
        ...to('plain', {
          from: '"a b;$(id)\'"@example.test',
          to: '"o\'x y $z|`id`"@plain.example',
        }),
        name: 'odd addresses',
      },
      {
        ...to('flagged', {
          from: '"a b;$(id)"@example.test',
          to: '"o\'x y $z|`id`"@flagged.example',
        }),
        name: 'odd addresses, quoted',
      },
      to('nowhere'),
      to('closed'),
      to('missing'),
      to('notexec'),
      to('small'),
      to('noread', { text: `Subject: x\n\n${'x'.repeat(78).concat('\n').repeat(4000)}` }),
      to('several', { to: ['a@several.example', 'b+c@several.example', 'c@several.example'] }),
      to('severald', { to: ['a@severald.example', 'b@severald.example'] }),
      {
        ...to('severald', {
          text: 'Delivered-To: A@severald.example\n\nx\n',
          to: 'a@severald.example',
        }),
        name: 'a loop',
      },
      {
        ...to('flagged', { rcpt: ' NOTIFY=SUCCESS' }),
        name: 'success report of the last',
      },
      { ...to('said', { rcpt: ' NOTIFY=SUCCESS' }), name: 'success report of one on the way' },
    ],
  },
];
