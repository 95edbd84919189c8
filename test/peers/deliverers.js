/** deliverers - Dovecot by LMTP, procmail, maildrop, and Maildirs of a virtual domain with users of their own. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { accounts } from '../support/isolation.js';
import { run, waitForPort } from '../support/servers.js';
import { startDaemon } from './daemon.js';
import { arrived, expect, logged, messagesIn, send, until } from './steps.js';

const lmtpPort = 26301;

/** Dovecot as root with its LMTP service on a UNIX socket in our queue directory, and on TCP. */
async function startDovecot(instance, base) {
  const directory = path.join(base, 'dovecot');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o755 });
  const socket = path.join(instance.directory, 'spool/private/dovecot-lmtp');
  const user = (address, name, extra = '') =>
    `${address}:{PLAIN}x:${accounts[name]}:${accounts[name]}::${base}/home/${name}::${extra}\n`;
  writeFileSync(
    path.join(directory, 'users'),
    user('oyaji@example.test', 'oyaji') +
      user('hanako@example.test', 'hanako') +
      user('taro@virtual.test', 'taro') +
      user('full@virtual.test', 'yuki', 'userdb_quota_rule=*:storage=1B'),
  );
  const file = path.join(directory, 'dovecot.conf');
  writeFileSync(
    file,
    `protocols = lmtp
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
ssl = no
first_valid_uid = 1000
mail_location = maildir:~/Dovecot
mail_plugins = quota
plugin {
  quota = maildir:User quota
  quota_grace = 0
}
postmaster_address = postmaster@example.test
passdb {
  driver = passwd-file
  args = username_format=%Lu ${directory}/users
}
userdb {
  driver = passwd-file
  args = username_format=%Lu ${directory}/users
}
service lmtp {
  unix_listener ${socket} {
    mode = 0600
    user = postfix
    group = postfix
  }
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
namespace inbox {
  inbox = yes
}
`,
  );
  const daemon = startDaemon('/usr/sbin/dovecot', ['-F', '-c', file]);
  const log = () =>
    daemon.text +
    (existsSync(`${directory}/log`) ? readFileSync(`${directory}/log`, 'latin1') : '');
  await waitForPort(lmtpPort, 15_000, log);
  await until(() => existsSync(socket), log);
  return log;
}

async function dovecot({ instance, base }, nexthop, relay) {
  const to = `lmtp:${nexthop}`;
  await instance.configure({
    main: { mailbox_transport: to, virtual_transport: to, virtual_mailbox_domains: 'virtual.test' },
  });
  await instance.start();
  const log = await startDovecot(instance, base);
  const homes = path.join(base, 'home');
  for (const name of ['oyaji', 'hanako', 'taro', 'yuki'])
    rmSync(path.join(homes, name, 'Dovecot'), { recursive: true, force: true });
  const body = '..one dot here\n..\nFrom the start\nend\n';
  await send(instance, {
    from: 'hanako@example.test',
    to: ['oyaji@example.test', 'taro@virtual.test', 'nobody@virtual.test', 'full@virtual.test'],
    text: `From: hanako@example.test\nSubject: to four\n\n${body}`,
  });
  try {
    for (const name of ['oyaji', 'taro']) {
      const [text] = await arrived(path.join(homes, name, 'Dovecot'));
      expect(
        text.endsWith(`\n\n${body.replaceAll('..', '.')}`) &&
          /^Received: .* \(Dovecot\)|LMTP/m.test(text),
        `${name} got\n${text}`,
      );
    }
    // Both refusals, of RCPT and after the content, come back to the sender; by Dovecot, too.
    const bounces = await arrived(path.join(homes, 'hanako/Dovecot'), 1);
    await logged(instance, /to=<nobody@virtual\.test>.* status=bounced/);
    await logged(instance, /to=<full@virtual\.test>.* status=bounced/);
    const all = bounces.join('\n').replace(/\s+/g, ' ');
    expect(
      all.includes('Final-Recipient: rfc822; nobody@virtual.test') &&
        all.includes("User doesn't exist: nobody@virtual.test (in reply to RCPT TO"),
      `no bounce for nobody:\n${all}`,
    );
    expect(
      all.includes('Final-Recipient: rfc822; full@virtual.test') &&
        all.includes('Quota exceeded (mailbox for user is full) (in reply to end of DATA'),
      `no bounce for full:\n${all}`,
    );
    expect(bounces.length === 1, `${bounces.length} notifications instead of one`);
  } catch (error) {
    error.message += `\nDovecot: ${log().slice(-1500)}`;
    throw error;
  }
  expect(messagesIn(path.join(homes, 'yuki/Dovecot')).length === 0, 'the full mailbox got mail');
  const line = await logged(instance, /postfix\/lmtp\[\d+\]: \w+: to=<taro@virtual\.test>/);
  expect(
    line.includes(` relay=${relay},`) &&
      /status=sent \(250 2\.0\.0 <taro@virtual.test> \S+ Saved\)/.test(line),
    line,
  );
  return 'two mailboxes get it; an unknown and a full one come back to the sender in one notification';
}

async function procmail({ instance, base }) {
  const home = path.join(base, 'home/taro');
  const rc = path.join(home, '.procmailrc');
  writeFileSync(
    rc,
    `DEFAULT=$HOME/Box/
ARG=$1
LOGFILE=$HOME/procmail.log

:0
* ^Subject: for the folder
Folder/

:0
* ARG ?? ^lists$
Lists/

:0
* ^Subject: unknown
{
  EXITCODE=67
  :0
  /dev/null
}

:0
* ^Subject: later
{
  EXITCODE=75
  :0
  /dev/null
}

:0 c
* ^Subject: copied
! hanako@example.test
`,
    { mode: 0o600 },
  );
  await instance.configure({
    main: { mailbox_command: '/usr/bin/procmail -a "$EXTENSION"', recipient_delimiter: '+' },
  });
  // procmail forwards by the system's sendmail: here that is ours.
  writeFileSync(
    path.join(home, '.procmailrc'),
    `SENDMAIL=${instance.driver.command('sendmail')}\nMAIL_CONFIG=${instance.etc}\n${readFileSync(rc, 'latin1')}`,
  );
  writeFileSync(path.join(base, 'home/hanako/.procmailrc'), 'DEFAULT=$HOME/Maildir/\n', {
    mode: 0o600,
  });
  writeFileSync(path.join(base, 'home/oyaji/.procmailrc'), 'DEFAULT=$HOME/Maildir/\n', {
    mode: 0o600,
  });
  for (const name of ['taro', 'hanako', 'oyaji'])
    chownSync(path.join(base, 'home', name, '.procmailrc'), accounts[name], accounts[name]);
  await instance.start();
  const mail = (subject, to = 'taro@example.test') =>
    send(instance, {
      from: 'oyaji@example.test',
      to,
      text: `From: oyaji@example.test\nSubject: ${subject}\n\nFrom here\nhello\n`,
    });
  for (const subject of ['plain', 'for the folder', 'unknown', 'later', 'copied'])
    await mail(subject);
  await mail('by extension', 'taro+lists@example.test');
  const box = await arrived(path.join(home, 'Box'), 2);
  const [inFolder] = await arrived(path.join(home, 'Folder'));
  await arrived(path.join(home, 'Lists'));
  expect(
    /^Return-Path: <oyaji@example\.test>\nX-Original-To: taro@example\.test\nDelivered-To: taro@example\.test\nReceived: /.test(
      inFolder.replace(/^From .*\n/, ''),
    ),
    `in the folder:\n${inFolder}`,
  );
  expect(/\n\n>?From here\nhello\n$/.test(inFolder), `in the folder:\n${inFolder}`);
  const [file] = readdirSync(path.join(home, 'Folder/new'));
  const { uid, gid } = statSync(path.join(home, 'Folder/new', file));
  expect(uid === accounts.taro && gid === accounts.taro, `the file belongs to ${uid}:${gid}`);
  await logged(
    instance,
    /to=<taro@example\.test>, relay=local,.* dsn=2\.0\.0, status=sent \(delivered to command: \/usr\/bin\/procmail -a "\$EXTENSION"\)/,
  );
  await logged(instance, /to=<taro@example\.test>.* dsn=5\.1\.1, status=bounced \(user unknown/);
  await logged(
    instance,
    /to=<taro@example\.test>.* dsn=4\.3\.0, status=deferred \(temporary failure/,
  );
  await arrived(path.join(base, 'home/oyaji/Maildir'), 1);
  // Earlier rows have left mail there.
  await until(
    () =>
      messagesIn(path.join(base, 'home/hanako/Maildir')).some((text) =>
        text.includes('Subject: copied'),
      ),
    () => `what procmail forwarded did not arrive\n${box.join('\n')}`,
  );
  return 'folders by subject and by extension, as the user; 67 bounces, 75 waits; what it forwards arrives';
}

async function maildrop({ instance, base }) {
  const home = path.join(base, 'home/yuki');
  const filter = path.join(home, '.mailfilter');
  const box = path.join(home, 'Drop');
  writeFileSync(
    filter,
    `if ( $1 =~ /^refused@/ )
{
  echo "no such person"
  EXITCODE=67
  exit
}
if ( $1 =~ /^later@/ )
{
  EXITCODE=75
  exit
}
to "${box}/$2"
`,
    { mode: 0o600 },
  );
  mkdirSync(box);
  for (const name of [filter, box]) chownSync(name, accounts.yuki, accounts.yuki);
  for (const name of ['alice', 'bob'])
    await run('/usr/bin/maildirmake.maildrop', [path.join(box, name)], { user: 'yuki' });
  await instance.configure({
    main: {
      virtual_mailbox_domains: 'drop.test',
      virtual_transport: 'maildrop',
      maildrop_destination_recipient_limit: '1',
    },
    extraMaster:
      'maildrop  unix  -       n       n       -       -       pipe\n' +
      '  flags=DORXhu user=yuki argv=/usr/bin/maildrop -d yuki ${recipient} ${user} ${nexthop} ${sender}\n',
  });
  await instance.start();
  await send(instance, {
    from: 'oyaji@example.test',
    to: ['Alice@Drop.Test', 'bob@drop.test', 'refused@drop.test', 'later@drop.test'],
    text: 'From: oyaji@example.test\nSubject: dropped\n\nhello\n',
  });
  const [forAlice] = await arrived(path.join(box, 'alice'));
  await arrived(path.join(box, 'bob'));
  expect(
    /^Return-Path: <oyaji@example\.test>\nX-Original-To: Alice@Drop\.Test\nDelivered-To: Alice@Drop\.Test\nReceived: /.test(
      forAlice,
    ),
    `for Alice:\n${forAlice}`,
  );
  const [file] = readdirSync(path.join(box, 'alice/new'));
  const owner = statSync(path.join(box, 'alice/new', file)).uid;
  expect(owner === accounts.yuki, `the file belongs to ${owner}`);
  await logged(
    instance,
    /to=<bob@drop\.test>, relay=maildrop,.* dsn=2\.0\.0, status=sent \(delivered via maildrop service/,
  );
  await logged(
    instance,
    /to=<refused@drop\.test>, relay=maildrop,.* dsn=5\.1\.1, status=bounced \(user unknown\. Command output:.* no such person \)/,
  );
  await logged(
    instance,
    /to=<later@drop\.test>, relay=maildrop,.* status=deferred \(temporary failure/,
  );
  return 'a Maildir a recipient, as the user of the service; 67 bounces with its words, 75 waits';
}

async function virtualUsers({ instance, base }) {
  const spool = path.join(base, 'vhosts');
  mkdirSync(path.join(spool, 'shop.test'), { recursive: true });
  chmodSync(path.join(spool, 'shop.test'), 0o777);
  chmodSync(spool, 0o755);
  await instance.configure({
    main: {
      virtual_mailbox_domains: 'shop.test',
      virtual_mailbox_base: spool,
      virtual_mailbox_maps: 'hash:@etc@/vmailbox',
      virtual_uid_maps: 'hash:@etc@/vuid static:20005',
      virtual_gid_maps: 'hash:@etc@/vgid static:20005',
    },
    files: {
      vmailbox:
        'info@shop.test shop.test/info/\nsales@shop.test shop.test/sales\n@shop.test shop.test/rest/\n',
      vuid: 'info@shop.test 20001\nsales@shop.test 20002\n',
      vgid: 'info@shop.test 20003\n',
    },
    postmap: ['hash:@etc@/vmailbox', 'hash:@etc@/vuid', 'hash:@etc@/vgid'],
  });
  await instance.start();
  await send(instance, {
    to: ['info@shop.test', 'sales@shop.test', 'whoever@shop.test'],
    text: 'From: kenji@example.test\nSubject: order\n\nFrom me\nhello\n',
  });
  await arrived(path.join(spool, 'shop.test/info'));
  await arrived(path.join(spool, 'shop.test/rest'));
  const mbox = path.join(spool, 'shop.test/sales');
  await logged(
    instance,
    /to=<sales@shop\.test>, relay=virtual,.* status=sent \(delivered to mailbox\)/,
  );
  await logged(
    instance,
    /to=<info@shop\.test>, relay=virtual,.* status=sent \(delivered to maildir\)/,
  );
  const owners = (name) => {
    const { uid, gid, mode } = statSync(name);
    return `${uid}:${gid}:${(mode & 0o777).toString(8)}`;
  };
  const inNew = (maildir) => path.join(maildir, 'new', readdirSync(path.join(maildir, 'new'))[0]);
  const seen = [
    owners(inNew(path.join(spool, 'shop.test/info'))),
    owners(path.join(spool, 'shop.test/info')),
    owners(mbox),
    owners(inNew(path.join(spool, 'shop.test/rest'))),
  ].join(' ');
  expect(
    seen === '20001:20003:600 20001:20003:700 20002:20005:600 20005:20005:600',
    `owners: ${seen}`,
  );
  expect(readFileSync(mbox, 'latin1').includes('\n>From me\n'), readFileSync(mbox, 'latin1'));
  return `Maildirs and an mbox belong to the ids of the maps: ${seen}`;
}

const needs = { '/usr/lib/dovecot/lmtp': 'dovecot-core dovecot-lmtpd' };

export const rows = [
  {
    name: 'Dovecot by LMTP over a UNIX socket',
    needs,
    run: (given) =>
      dovecot(given, 'unix:private/dovecot-lmtp', 'mail.example.test[private/dovecot-lmtp]'),
  },
  {
    name: 'Dovecot by LMTP over TCP',
    needs,
    run: (given) =>
      dovecot(given, `inet:127.0.0.1:${lmtpPort}`, `127.0.0.1[127.0.0.1]:${lmtpPort}`),
  },
  {
    name: 'procmail by mailbox_command',
    needs: { '/usr/bin/procmail': 'procmail' },
    run: procmail,
  },
  { name: 'maildrop by pipe', needs: { '/usr/bin/maildrop': 'maildrop' }, run: maildrop },
  { name: 'a virtual domain with its own users', needs: {}, run: virtualUsers },
];
