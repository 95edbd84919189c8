/** lists - how list managers hang on a mail server: `|command` aliases, owner- aliases, and Mailman 3 by LMTP. */
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { accountId, run, waitForPort } from '../support/servers.js';
import { startPeer } from '../support/peer.js';
import { accounts } from '../support/isolation.js';
import { startDaemon } from './daemon.js';
import { arrived, expect, logged, send, until } from './steps.js';

const lmtpPort = 26305;
const relayPort = 26306;

/** As Mailman 2 and majordomo: a file of aliases that belongs to the list manager's user. */
async function commandAliases({ instance, base }) {
  const directory = path.join(base, 'listmanager');
  mkdirSync(directory);
  const program = path.join(directory, 'post');
  writeFileSync(
    program,
    `#!/bin/sh\n{ id -un; id -gn; echo "args=$*"; env | grep -E '^(SENDER|RECIPIENT|LOCAL|EXTENSION|USER|HOME)=' | sort; cat; } > ${directory}/out/$2\n`,
    { mode: 0o755 },
  );
  mkdirSync(path.join(directory, 'out'));
  chmodSync(path.join(directory, 'out'), 0o1777);
  const aliases = path.join(directory, 'aliases');
  writeFileSync(
    aliases,
    ['', '-bounces', '-request']
      .map((suffix) => `tea${suffix}: "|${program} post tea${suffix}"`)
      .concat('owner-tea: hanako', '')
      .join('\n'),
  );
  await instance.configure({
    main: { alias_maps: `hash:@etc@/aliases hash:${aliases}`, default_privs: 'nobody' },
    files: { aliases: `coffee: "|${program} post coffee"\n` },
    postalias: ['hash:@etc@/aliases', `hash:${aliases}`],
  });
  for (const name of ['aliases', 'aliases.db'])
    chownSync(path.join(directory, name), accounts.yuki, accounts.yuki);
  await instance.start();
  await send(instance, {
    from: 'kenji@example.test',
    to: ['tea@example.test', 'tea-bounces@example.test', 'coffee@example.test'],
  });
  const out = (name) => {
    const file = path.join(directory, 'out', name);
    return existsSync(file) ? readFileSync(file, 'latin1') : '';
  };
  const whole = (name) =>
    until(
      () => out(name).endsWith('\n\nhello\n') && out(name),
      () => `${name}: ${out(name)}`,
    );
  const tea = await whole('tea');
  // owner-tea is there: it is the sender that the command sees, and that bounces go to.
  expect(
    tea.startsWith('yuki\nyuki\nargs=post tea\n') && /^SENDER=owner-tea@example\.test$/m.test(tea),
    tea,
  );
  expect(/\nReturn-Path: <owner-tea@example\.test>\n/.test(tea), tea);
  const bounces = await whole('tea-bounces');
  expect(
    bounces.startsWith('yuki\nyuki\n') && bounces.includes('SENDER=kenji@example.test'),
    bounces,
  );
  const coffee = await whole('coffee');
  expect(coffee.startsWith('nobody\n'), coffee);
  return 'commands of a user’s own alias file run as this user, those of root’s as default_privs';
}

/** A list that is an alias: what its members refuse comes back to its owner, not to the author. */
async function ownerBounces({ instance, base }) {
  const away = await startPeer(relayPort, {
    RCPT: ['550 5.1.1 gone away', '250 2.1.5 fine'],
  });
  await instance.configure({
    main: {
      transport_maps: `inline:{ away.test=smtp:[127.0.0.1]:${relayPort} }`,
      smtp_destination_recipient_limit: '50',
    },
    files: {
      aliases:
        'team: taro, here@away.test, gone@away.test, missing-here\n' +
        'owner-team: oyaji\nmissing-here: nobody-of-this-name@example.test\n',
    },
  });
  const before = (name) =>
    existsSync(path.join(base, `home/${name}/Maildir/new`))
      ? readdirSync(path.join(base, `home/${name}/Maildir/new`)).length
      : 0;
  const counts = { taro: before('taro'), oyaji: before('oyaji'), kenji: before('kenji') };
  await instance.start();
  await send(instance, { from: 'kenji@example.test', to: 'team@example.test' });
  const own = await arrived(path.join(base, 'home/taro/Maildir'), counts.taro + 1);
  expect(
    own.some((text) => text.startsWith('Return-Path: <owner-team@example.test>\n')),
    own.join('\n'),
  );
  const notices = (await arrived(path.join(base, 'home/oyaji/Maildir'), counts.oyaji + 1))
    .filter((text) => text.includes('Undelivered Mail Returned to Sender'))
    .join('\n');
  for (const address of ['gone@away.test', 'nobody-of-this-name@example.test'])
    expect(
      notices.includes(`Final-Recipient: rfc822; ${address}`),
      `${address} is not in\n${notices}`,
    );
  await logged(instance, /to=<here@away\.test>.* status=sent/);
  const heard = away.take().flat();
  away.stop();
  expect(
    heard.some((line) => line.startsWith('MAIL FROM:<owner-team@example.test>')),
    heard.join('\n'),
  );
  expect(before('kenji') === counts.kenji, 'the author got a notification');
  return 'members see the owner as sender; refusals go to the owner only';
}

const list = (directory) => `[mailman]
site_owner: oyaji@example.test
layout: here
filtered_messages_are_preservable: no

[paths.here]
var_dir: ${directory}/var
bin_dir: /usr/lib/mailman3/bin
etc_dir: ${directory}
pid_file: ${directory}/var/master.pid

[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:///${directory}/var/mailman.db

[mta]
incoming: mailman.mta.postfix.LMTP
outgoing: mailman.mta.deliver.deliver
lmtp_host: 127.0.0.1
lmtp_port: ${lmtpPort}
smtp_host: 127.0.0.1
smtp_port: @port@
configuration: ${directory}/postfix.cfg
verp_delivery_interval: 1

[runner.bounces]
sleep_time: 1s
`;
const idle = ['archive', 'command', 'digest', 'nntp', 'rest', 'retry', 'task', 'virgin'];

/** Mailman 3 as its manual has it: it writes our tables, gets mail by LMTP, and sends through us. */
async function mailman({ instance, base }) {
  const directory = path.join(base, 'mailman');
  const owner = accountId('list');
  mkdirSync(directory);
  const file = path.join(directory, 'mailman.cfg');
  const disabled = idle.map((name) => `\n[runner.${name}]\nstart: no\n`).join('');
  writeFileSync(file, list(directory).replace('@port@', String(instance.port)) + disabled);
  writeFileSync(
    path.join(directory, 'postfix.cfg'),
    `[postfix]\npostmap_command: ${instance.driver.command('postmap')} -c ${instance.etc}\ntransport_file_type: hash\n`,
  );
  chownSync(directory, owner.uid, owner.gid);
  const data = path.join(directory, 'var/data');
  await instance.configure({
    main: {
      transport_maps: `hash:${data}/postfix_lmtp inline:{ away.test=smtp:[127.0.0.1]:${relayPort} }`,
      local_recipient_maps: `proxy:unix:passwd.byname $alias_maps hash:${data}/postfix_lmtp`,
      relay_domains: `hash:${data}/postfix_domains`,
      recipient_delimiter: '+',
      unknown_local_recipient_reject_code: '550',
      owner_request_special: 'no',
    },
  });
  const tool = async (...args) => {
    const result = await run('/usr/bin/mailman', ['-C', file, ...args], {
      user: owner.uid,
      cwd: directory,
      input: args.includes('-') ? 'taro@example.test\nyuki@example.test\ngone@away.test\n' : '',
    });
    expect(result.status === 0, `mailman ${args.join(' ')}: ${result.stderr}${result.stdout}`);
    return result.stdout;
  };
  await tool('create', '--domain', '--owner', 'oyaji@example.test', 'tea@lists.test');
  await tool('addmembers', '-w', '-a', '-', 'tea@lists.test').catch(() =>
    tool('addmembers', '-', 'tea@lists.test'),
  );
  await tool('aliases');
  const table = readFileSync(path.join(data, 'postfix_lmtp'), 'latin1');
  expect(table.includes(`tea@lists.test`) && table.includes(`lmtp:[127.0.0.1]:${lmtpPort}`), table);
  await instance.start();
  const daemon = startDaemon(
    'setpriv',
    [
      `--reuid=${owner.uid}`,
      `--regid=${owner.gid}`,
      '--clear-groups',
      '--',
      '/usr/lib/mailman3/bin/master',
      '-C',
      file,
    ],
    { cwd: directory },
  );
  const logs = () => {
    const place = path.join(directory, 'var/logs');
    return (existsSync(place) ? readdirSync(place) : [])
      .map((name) => `${name}:\n${readFileSync(path.join(place, name), 'latin1').slice(-1200)}`)
      .join('\n');
  };
  const away = await startPeer(relayPort, { RCPT: '550 5.1.1 gone away' });
  try {
    await waitForPort(lmtpPort, 60_000, () => daemon.text + logs());
    await send(instance, {
      from: 'taro@example.test',
      to: 'tea@lists.test',
      text: 'From: taro@example.test\nTo: tea@lists.test\nSubject: green or black\nMessage-Id: <one@example.test>\n\ntea\n',
    });
    const sent = await logged(instance, /to=<tea@lists\.test>/, 60);
    expect(
      sent.includes(`relay=127.0.0.1[127.0.0.1]:${lmtpPort},`) &&
        sent.includes('status=sent (250 '),
      sent,
    );
    const copies = await until(
      () => {
        const found = mailOf(base, 'yuki').filter((text) =>
          text.includes('Subject: [Tea] green or black'),
        );
        return found.length > 0 && found;
      },
      'no copy for yuki',
      90,
    );
    expect(
      /^Return-Path: <tea-bounces@lists\.test>\n/.test(copies[0]) ||
        /^Return-Path: <tea-bounces\+/.test(copies[0]),
      copies[0],
    );
    expect(/^List-Id: .*<tea\.lists\.test>$/m.test(copies[0]), copies[0]);
    // What another host refuses later comes back to the list's -bounces address, with the member in it.
    const back = await logged(
      instance,
      /to=<tea-bounces\+gone=away\.test@lists\.test>.*status=/,
      60,
    );
    expect(back.includes(`:${lmtpPort},`) && back.includes('status=sent (250 '), back);
    await until(
      () => /Member gone@away\.test on list tea\.lists\.test, bounce score/.test(logs()),
      logs,
      30,
    );
  } catch (error) {
    error.message += `\n${daemon.text}\n${logs()}`;
    throw error;
  } finally {
    away.stop();
  }
  return 'our postmap makes its tables; a posting goes in by LMTP and out to the members; a bounce goes to -bounces';
}

function mailOf(base, name) {
  const directory = path.join(base, `home/${name}/Maildir/new`);
  return (existsSync(directory) ? readdirSync(directory) : []).map((file) =>
    readFileSync(path.join(directory, file), 'latin1'),
  );
}

export const rows = [
  { name: 'lists as |command aliases', needs: {}, run: commandAliases },
  { name: 'lists as aliases with an owner-', needs: {}, run: ownerBounces },
  { name: 'Mailman 3 by LMTP', needs: { '/usr/bin/mailman': 'mailman3' }, run: mailman },
];
