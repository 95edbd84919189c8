/** lists - how list managers hang on a mail server: `|command` aliases and owner- aliases. */
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { startPeer } from '../support/peer.js';
import { accounts } from '../support/isolation.js';
import { arrived, expect, logged, send, until } from './steps.js';

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

export const rows = [
  { name: 'lists as |command aliases', needs: {}, run: commandAliases },
  { name: 'lists as aliases with an owner-', needs: {}, run: ownerBounces },
];
