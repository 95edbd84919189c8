/**
 * cases - commands to run on both systems; compared are exit status, output and error output.
 *
 * `files` are put into the configuration directory first; `show` are files to look at afterwards.
 * In arguments, @etc@ is the configuration directory, @id1@ … the deferred messages by their order
 * in the queue (only in `queued` cases).
 */

const guideMain = `
# --- basic ---------------------------------------------------------------
myhostname = mail.aconus.com
mydomain = aconus.com
myorigin = $myhostname
inet_interfaces = all
mydestination = $myhostname, localhost.$mydomain, localhost, $mydomain
mynetworks =  192.168.0.0/23, 127.0.0.0/8
relay_domains = $mydestination
home_mailbox = Maildir/
sendmail_path = /usr/sbin/sendmail
`;

const syntaxMain = `
# comment
   # indented comment
myhostname=no.blanks.example
mydomain =    many.blanks.example   
mydestination = $myhostname,
    localhost.$mydomain
# comment in between
    localhost
	tab.example

relayhost = \${mydomain?{[gw.$mydomain]:587}:{none}}
empty =
my_list = a, b
own_one = $my_list
smtpd_banner = $myhostname ESMTP \${mail_name} \$(mydomain) $$dollar
smtpd_client_restrictions = $own_one
my_networks_default = \${compatibility_level <level {3} ? {old} : {new}}
mynetworks = \${{$mydomain} == {many.blanks.example} ? {127.0.0.0/8} : {10.0.0.0/8}}
message_size_limit = 20480000
message_size_limit = 30720000
delay_warning_time = 4h
smtpd_timeout = \${stress?{10}:{300}}s
unused_name = whatever
local_destination_concurrency_limit = 5
foo_destination_recipient_limit = 7
virtual_alias_maps = hash:$config_directory/virtual, texthash:\${config_directory}/other
smtpd_recipient_restrictions =
    permit_mynetworks
    reject_unauth_destination
`;

const names = [
  'myhostname',
  'mydestination',
  'mynetworks',
  'relay_domains',
  'smtpd_recipient_restrictions',
  'home_mailbox',
  'delay_warning_time',
];

const master = `smtp inet n - n - - smtpd
  -o smtpd_tls_wrappermode=no -o content_filter=
  -o { smtpd_client_restrictions = permit_mynetworks, reject }
#submission inet n - n - - smtpd
localhost:10025 inet n - - - 5 smtpd -o mynetworks=127.0.0.0/8 -o content_filter=
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
flush unix n - n 1000? 0 flush
procmail unix - n n - - pipe
  flags=R user=oyaji argv=/usr/bin/procmail -t -m USER=\${user}
    EXTENSION=\${extension} /etc/procmailrc
postlog unix-dgram n - n - 1 postlogd
`;

const one = (program, ...args) => [program, ...args];
const conf = (...args) => one('postconf', '-c', '@etc@', ...args);

const postconf = {
  'postconf -n on the guide': {
    text: guideMain,
    bare: true,
    steps: [conf('-n'), conf('-nh'), conf('-nH')],
  },
  'postconf names on the guide': {
    text: guideMain,
    bare: true,
    steps: [
      conf(...names),
      conf('-h', ...names),
      conf('-x', ...names),
      conf('-d', 'relay_domains', 'mynetworks_style', 'smtpd_banner'),
      conf('-dx', 'smtpd_banner', 'mynetworks_style'),
    ],
  },
  'postconf -n on difficult syntax': {
    text: syntaxMain,
    bare: true,
    steps: [
      conf('-n'),
      conf('-xn'),
      conf('-f', '-n'),
      conf('-o', 'mydomain=over.example', '-x', 'mydestination'),
    ],
  },
  'postconf, names that are not there': {
    text: guideMain,
    bare: true,
    steps: [
      conf('no_such_name'),
      conf('-h', 'no_such_name', 'mydomain'),
      conf('-H', 'mydomain'),
      conf('mail_version', '-h'),
    ],
  },
  'postconf -e': {
    text: guideMain,
    bare: true,
    steps: [
      conf('-e', 'mydomain = changed.example', 'new_name=1'),
      conf('relayhost=[gw.example]'),
      conf('-e', 'home_mailbox='),
      conf('-e', 'no equals'),
    ],
    show: ['main.cf'],
  },
  'postconf -X and -#': {
    text: guideMain,
    bare: true,
    steps: [
      conf('-X', 'home_mailbox'),
      conf('-#', 'relay_domains', 'mynetworks'),
      conf('-X', 'no_such_name'),
    ],
    show: ['main.cf'],
  },
  'postconf -e on continued lines': {
    text: syntaxMain,
    bare: true,
    steps: [
      conf('-e', 'mydestination=one', 'message_size_limit=1'),
      conf('-X', 'smtpd_recipient_restrictions'),
    ],
    show: ['main.cf'],
  },
  'postconf -M': {
    master,
    steps: [
      conf('-M'),
      conf('-Mf'),
      conf('-M', 'smtp'),
      conf('-M', 'smtp/inet', 'flush/unix'),
      conf('-M', 'nothing/inet'),
      conf('-Mx'),
    ],
  },
  'postconf -F': {
    master,
    steps: [
      conf('-F'),
      conf('-F', 'smtp/inet'),
      conf('-F', 'smtp/inet/command', 'flush/unix/wakeup'),
      conf('-F', '*/inet/chroot'),
      conf('-Fh', 'smtp/inet/chroot'),
    ],
  },
  'postconf -P': {
    master,
    steps: [
      conf('-P'),
      conf('-P', 'smtp/inet'),
      conf('-P', 'smtp/inet/content_filter'),
      conf('-P', '*/inet/mynetworks'),
      conf('-Ph', 'localhost:10025/inet/mynetworks'),
    ],
  },
  'postconf -Me, -Fe, -Pe': {
    master,
    steps: [
      conf('-Me', 'new/unix=new unix - - n - - smtp -o a=b'),
      conf('-Fe', 'smtp/inet/chroot=y'),
      conf('-Pe', 'smtp/inet/relayhost=[x]'),
      conf('-MX', 'flush/unix'),
      conf('-M#', 'pickup/unix'),
      conf('-PX', 'smtp/inet/content_filter'),
    ],
    show: ['master.cf'],
  },
  'postconf -l and -A and -a': { steps: [conf('-l'), conf('-a'), conf('-A')] },
  'postconf -C': {
    steps: [
      conf('-C', 'builtin', '-d', 'mydomain', 'relay_domains'),
      conf('-C', 'all', '-d', 'mydomain'),
    ],
  },
  'postconf with wrong arguments': {
    steps: [
      conf('-Z'),
      conf('-n', '-e'),
      one('postconf', '-c', '/nonexistent/etc', '-n'),
      conf('-p', 'mydomain'),
    ],
  },
  'postconf warns of unused names': {
    text: 'no_such_parameter_here = 1\nsmtpd_recipent_restrictions = permit\n',
    steps: [conf('-n', 'mydomain'), conf('-n')],
  },
};

const aliasesText =
  '# comment\npostmaster: root\nRoot: oyaji\n"quoted name": a, b\nlist: a,\n  b,\n  c\nempty:\nwithout colon\nTwice: one\ntwice: two\npipe: "|/bin/cat -n"\n';
const mapText =
  '# comment\n\nkey value\nUPPER Value With Case\nspaced    a  b   c  \n  continued line\nnovalue\nkey second\na@example.test b@example.test\n@example.test catch\n';
const regexpText =
  '/^one/ first\n/TWO/i second $0\n/^three(.*)four(.+)$/ <$1|$2>\n!/x/ no x: \nif /y/\n/^z/ z with y\nendif\n/bad(/ broken\n';
const cidrText =
  '127.0.0.0/8 loop\n10.0.0.0/8 ten\n10.1.2.3 one\n!192.168.0.0/16 notlan\n2001:db8::/32 six\n10.0.0.1/8 hostbits\nnonsense x\nif 172.16.0.0/12\n172.16.1.0/24 inside\nendif\n';

const tables = {
  'postmap hash: make and ask': {
    files: { map: mapText },
    steps: [
      one('postmap', 'hash:@etc@/map'),
      one('postmap', '-q', 'key', 'hash:@etc@/map'),
      one('postmap', '-q', 'upper', 'hash:@etc@/map'),
      one('postmap', '-q', 'UPPER', 'hash:@etc@/map'),
      one('postmap', '-q', 'spaced', 'hash:@etc@/map'),
      one('postmap', '-q', 'none', 'hash:@etc@/map'),
    ],
  },
  'postmap -s': {
    files: { map: 'a 1\nb 2\nc three  words\n' },
    sorted: true,
    steps: [one('postmap', 'hash:@etc@/map'), one('postmap', '-s', 'hash:@etc@/map')],
  },
  'postmap -q - and -d, -i, -r': {
    files: { map: 'a 1\nb 2\n' },
    steps: [
      one('postmap', 'hash:@etc@/map'),
      { command: ['postmap', '-q', '-', 'hash:@etc@/map'], input: 'a\nx\nb\n' },
      one('postmap', '-d', 'a', 'hash:@etc@/map'),
      one('postmap', '-q', 'a', 'hash:@etc@/map'),
      one('postmap', '-d', 'zz', 'hash:@etc@/map'),
      { command: ['postmap', '-i', 'hash:@etc@/map'], input: 'n new\n' },
      one('postmap', '-q', 'n', 'hash:@etc@/map'),
      { command: ['postmap', '-i', 'hash:@etc@/map'], input: 'n other\n' },
      { command: ['postmap', '-ir', 'hash:@etc@/map'], input: 'n replaced\n' },
      one('postmap', '-q', 'n', 'hash:@etc@/map'),
    ],
  },
  'postmap -w, -f, -n': {
    files: { map: 'Dup 1\ndup 2\n' },
    steps: [
      one('postmap', '-w', 'hash:@etc@/map'),
      one('postmap', '-f', 'hash:@etc@/map'),
      one('postmap', '-q', 'Dup', 'hash:@etc@/map'),
      one('postmap', '-fq', 'Dup', 'hash:@etc@/map'),
      one('postmap', '-fq', 'dup', 'hash:@etc@/map'),
    ],
  },
  'postmap with btree:, lmdb:, cdb:': {
    files: { map: 'a 1\nb 2\n' },
    steps: [
      one('postmap', 'btree:@etc@/map'),
      one('postmap', '-q', 'a', 'btree:@etc@/map'),
      one('postmap', '-s', 'btree:@etc@/map'),
    ],
  },
  'postmap without a type': {
    files: { map: 'a 1\n' },
    steps: [one('postmap', '@etc@/map'), one('postmap', '-q', 'a', '@etc@/map')],
  },
  'postmap texthash:': {
    files: { map: mapText },
    steps: [
      one('postmap', '-q', 'key', 'texthash:@etc@/map'),
      one('postmap', '-q', 'UPPER', 'texthash:@etc@/map'),
      one('postmap', '-q', 'spaced', 'texthash:@etc@/map'),
      one('postmap', '-s', 'texthash:@etc@/map'),
    ],
    sorted: true,
  },
  'postmap regexp:': {
    files: { rx: regexpText },
    steps: ['one', 'ONE1', 'xtwo', 'threeAfourB', 'zy', 'zx', 'x'].map((key) =>
      one('postmap', '-q', key, 'regexp:@etc@/rx'),
    ),
  },
  'postmap cidr:': {
    files: { cidr: cidrText },
    steps: [
      '127.1.2.3',
      '10.1.2.3',
      '192.168.1.1',
      '8.8.8.8',
      '2001:db8::1',
      '172.16.1.9',
      '172.16.2.9',
      'name',
    ].map((key) => one('postmap', '-q', key, 'cidr:@etc@/cidr')),
  },
  'postmap inline:, static:, environ:, fail:': {
    steps: [
      one('postmap', '-q', 'a', 'inline:{a=1, b=2}'),
      one('postmap', '-q', 'b', 'inline:{ { b = two words }, c=3 }'),
      one('postmap', '-q', 'z', 'inline:{a=1}'),
      one('postmap', '-q', 'any', 'static:fixed'),
      one('postmap', '-q', 'any', 'static:{two words}'),
      one('postmap', '-q', 'any', 'fail:'),
      one('postmap', '-q', 'a', 'unionmap:{static:x,inline:{a=y}}'),
      one('postmap', '-q', 'a', 'pipemap:{inline:{a=b},inline:{b=c}}'),
      one('postmap', '-q', 'root', 'unix:passwd.byname'),
      one('postmap', '-q', 'root', 'unix:group.byname'),
    ],
  },
  'postmap with errors': {
    files: { one: 'x\n' },
    steps: [
      one('postmap', '-q', 'a', 'hash:@etc@/missing'),
      one('postmap', 'hash:@etc@/missing'),
      one('postmap', '-q', 'a', 'nosuchtype:x'),
      one('postmap', 'texthash:@etc@/one'),
      one('postmap', 'regexp:@etc@/one'),
      one('postmap'),
      one('postmap', '-Z'),
      one('postmap', '-q', 'a', 'regexp:@etc@/missing'),
      one('postmap', '-q', 'a', 'inline:{broken'),
      one('postmap', '-c', '/nonexistent', '-q', 'a', 'static:x'),
    ],
  },
  'postmap -b and -h': {
    steps: [
      {
        command: ['postmap', '-hq', '-', 'regexp:@etc@/hdr'],
        input: 'Subject: one\n two\nTo: x\n\nbody\n',
      },
      {
        command: ['postmap', '-bq', '-', 'regexp:@etc@/hdr'],
        input: 'Subject: one\n\nbody line\nx\n',
      },
    ],
    files: { hdr: '/^Subject: one/ FOUND\n/^body/ BODY\n' },
  },
  postalias: {
    files: { al: aliasesText },
    sorted: true,
    steps: [
      one('postalias', 'hash:@etc@/al'),
      one('postalias', '-q', 'root', 'hash:@etc@/al'),
      one('postalias', '-q', 'ROOT', 'hash:@etc@/al'),
      one('postalias', '-q', 'quoted name', 'hash:@etc@/al'),
      one('postalias', '-q', 'list', 'hash:@etc@/al'),
      one('postalias', '-q', 'pipe', 'hash:@etc@/al'),
      one('postalias', '-q', 'twice', 'hash:@etc@/al'),
      one('postalias', '-q', 'none', 'hash:@etc@/al'),
    ],
  },
  'postalias -s': {
    files: { al: 'a: 1\nB: 2, 3\n' },
    sorted: true,
    steps: [
      one('postalias', 'hash:@etc@/al'),
      one('postalias', '-s', 'hash:@etc@/al'),
      one('postalias', '-o', 'hash:@etc@/al'),
    ],
  },
  newaliases: {
    main: { alias_database: 'hash:@etc@/al' },
    files: { al: 'x: oyaji\n' },
    steps: [
      one('newaliases', '-C', '@etc@'),
      one('newaliases'),
      one('sendmail', '-bi'),
      one('sendmail', '-I'),
      one('postalias', '-q', 'x', 'hash:@etc@/al'),
    ],
  },
  'newaliases on a missing file': {
    main: { alias_database: 'hash:@etc@/nothing' },
    steps: [one('newaliases')],
  },
};

const stopped = {
  'postfix status, stop and flush when it does not run': {
    steps: [
      one('postfix', '-c', '@etc@', 'status'),
      one('postfix', '-c', '@etc@', 'stop'),
      one('postfix', '-c', '@etc@', 'abort'),
      one('postfix', '-c', '@etc@', 'reload'),
      one('postfix', '-c', '@etc@', 'flush'),
      one('postfix', '-c', '@etc@', 'check'),
    ],
  },
  'postfix with wrong arguments': {
    steps: [
      one('postfix'),
      one('postfix', '-c', '@etc@'),
      one('postfix', '-c', '@etc@', 'dance'),
      one('postfix', '-c', '@etc@', 'start', 'more'),
      one('postfix', '-c', '/nonexistent/etc', 'start'),
      one('postfix', '-Z'),
    ],
  },
  'postfix check on wrong values': {
    text: 'message_size_limit = lots\n',
    steps: [one('postfix', '-c', '@etc@', 'check'), one('postfix', '-c', '@etc@', 'start')],
  },
  'postfix check on a wrong time': {
    text: 'smtpd_timeout = 5 parsecs\n',
    steps: [one('postfix', '-c', '@etc@', 'check')],
  },
  'postfix check on a wrong boolean': {
    text: 'biff = maybe\n',
    steps: [one('postfix', '-c', '@etc@', 'check')],
  },
  'queue commands when it does not run': {
    wipe: true,
    steps: [
      one('mailq'),
      one('postqueue', '-p'),
      one('postqueue', '-j'),
      one('postqueue', '-f'),
      one('postsuper', '-d', 'ALL'),
      one('postsuper', '-d', 'ABCDEF123456'),
      one('postcat', '-q', 'ABCDEF123456'),
    ],
  },
  'sendmail when it does not run': {
    wipe: true,
    steps: [{ command: ['sendmail', '-f', 'a@b.example', 'oyaji'], input: 'Subject: x\n\nx\n' }],
  },
  'sendmail errors': {
    steps: [
      { command: ['sendmail'], input: 'x\n' },
      { command: ['sendmail', '-t'], input: 'Subject: x\n\nx\n' },
      { command: ['sendmail', '-Z', 'x'], input: '' },
      { command: ['sendmail', '-f'], input: '' },
      { command: ['sendmail', '-N', 'sometimes', 'x'], input: 'x\n' },
      { command: ['sendmail', '-R', 'some', 'x'], input: 'x\n' },
      { command: ['sendmail', '-B', '9BIT', 'x'], input: 'x\n' },
      { command: ['sendmail', '-bq', 'x'], input: '' },
      { command: ['sendmail', '-bm', '-bp', 'x'], input: '' },
      { command: ['sendmail', '-C', '/nonexistent', 'x'], input: 'x\n' },
    ],
  },
  'sendmail -bs': {
    main: { smtputf8_enable: 'no', local_recipient_maps: '', smtpd_relay_restrictions: 'reject' },
    steps: [
      {
        command: ['sendmail', '-bs'],
        input:
          'EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@far.example>\r\nDATA\r\n' +
          'Subject: x\r\n\r\n..x\r\n.\r\nVRFY x\r\nMAIL FROM:<\r\nRCPT TO:<x>\r\nHELP\r\nQUIT\r\n',
      },
      { command: ['sendmail', '-bs', 'x'], input: '' },
      { command: ['sendmail', '-bs', '-t'], input: '' },
    ],
  },
  'sendmail -bs as an ordinary user': {
    user: 'oyaji',
    steps: [
      {
        command: ['sendmail', '-bs'],
        input: 'HELO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<x>\r\nRSET\r\nQUIT\r\n',
      },
    ],
  },
  'senders of a login': {
    main: { local_login_sender_maps: 'inline:{ { root = me@x.example, @ok.example, bare } }' },
    steps: [
      'me@x.example',
      'ME@x.example',
      'z@ok.example',
      'bare',
      'bare@a.example',
      '',
      'b@q',
    ].map((sender) => ({ command: ['sendmail', '-f', sender, 'x'], input: 'Subject: x\n\nx\n' })),
  },
  'users that may not submit': {
    user: 'oyaji',
    main: { authorized_submit_users: '!oyaji, static:all' },
    steps: [{ command: ['sendmail', 'x'], input: 'Subject: x\n\nx\n' }],
  },
  postlog: {
    steps: [
      one('postlog', '-c', '@etc@', '-p', 'warn', '-t', 'mytest', 'hello', 'world'),
      { command: ['postlog', '-c', '@etc@', '-t', 'mytest'], input: 'from input\nsecond\n' },
      one('postlog', '-p', 'loud', 'x'),
      one('postlog', '-i', '-p', 'error', '-t', 'mytest', 'pid'),
    ],
    log: true,
  },
  'postcat, postsuper, postqueue with wrong arguments': {
    steps: [
      one('postcat', '-Z'),
      one('postcat', '-q'),
      one('postcat', '/nonexistent'),
      one('postsuper', '-Z'),
      one('postsuper', '-d'),
      one('postsuper', '-d', 'bad id'),
      one('postsuper', 'nothing'),
      one('postqueue'),
      one('postqueue', '-Z'),
      one('postqueue', '-p', '-f'),
      one('postqueue', '-i', 'bad id'),
      one('postqueue', '-s', 'bad..site'),
      one('mailq', '-Z'),
    ],
  },
  'postdrop with garbage': {
    steps: [
      { command: ['postdrop', '-c', '@etc@'], input: 'garbage' },
      { command: ['postdrop', '-c', '@etc@'], input: '' },
      one('postdrop', '-Z'),
    ],
  },
};

const queued = {
  'mailq and postqueue -p': {
    steps: [one('mailq'), one('postqueue', '-p'), one('sendmail', '-bp')],
    sorted: true,
  },
  'postqueue -j': { steps: [one('postqueue', '-j')], sorted: true },
  'postcat -q': {
    steps: [
      one('postcat', '-q', '@id1@'),
      one('postcat', '-bq', '@id1@'),
      one('postcat', '-hq', '@id1@'),
      one('postcat', '-eq', '@id1@'),
      one('postcat', '-bhq', '@id1@'),
      one('postcat', '-q', 'ABCDEF123456'),
    ],
  },
  'postsuper -h and -H': {
    steps: [
      one('postsuper', '-h', '@id1@'),
      one('postqueue', '-p'),
      one('postsuper', '-H', '@id1@'),
      one('postsuper', '-h', 'ABCDEF123456'),
      one('postsuper', '-H', '@id2@'),
      { command: ['postsuper', '-h', '-'], input: '@id1@\n@id2@\n' },
      one('postqueue', '-p'),
      one('postsuper', '-H', 'ALL'),
    ],
    sorted: true,
  },
  'postqueue -i, -s, -f': {
    steps: [
      one('postqueue', '-i', '@id1@'),
      one('postqueue', '-i', 'ABCDEF123456'),
      one('postqueue', '-s', 'later.example'),
      one('postqueue', '-f'),
      one('sendmail', '-q'),
      one('sendmail', '-qI@id1@'),
      one('sendmail', '-qRlater.example'),
    ],
  },
  'postsuper -r': {
    steps: [
      one('postsuper', '-r', '@id1@'),
      one('postsuper', '-r', 'ALL'),
      one('postsuper', '-r', 'ABCDEF123456'),
    ],
  },
  'postsuper -d': {
    steps: [
      one('postsuper', '-d', '@id1@'),
      one('postsuper', '-d', '@id1@'),
      one('postsuper', '-d', 'ALL', 'hold'),
      one('postsuper', '-d', 'ALL', 'deferred'),
      one('postqueue', '-p'),
      one('mailq'),
      one('postqueue', '-j'),
    ],
  },
  'postfix status, start and check when it runs': {
    steps: [
      one('postfix', '-c', '@etc@', 'status'),
      one('postfix', '-c', '@etc@', 'start'),
      one('postfix', '-c', '@etc@', 'check'),
      one('postfix', '-c', '@etc@', 'reload'),
      one('postfix', '-c', '@etc@', 'flush'),
    ],
  },
  'a user that may neither look nor flush': {
    user: 'hanako',
    steps: [one('mailq'), one('postqueue', '-j'), one('postqueue', '-f'), one('sendmail', '-q')],
  },
  'mailq as an ordinary user': {
    user: 'oyaji',
    sorted: true,
    steps: [
      one('mailq'),
      one('postqueue', '-f'),
      one('postqueue', '-j'),
      one('postqueue', '-i', '@id1@'),
      one('postqueue', '-s', 'later.example'),
      one('sendmail', '-bp'),
      one('sendmail', '-q'),
      one('postsuper', '-d', 'ALL'),
      one('postcat', '-q', 'ABCDEF123456'),
    ],
  },
};

export const commandGroups = { postconf, tables, stopped, queued };
