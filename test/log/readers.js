/**
 * readers - pflogsumm and fail2ban read the log of a run, and count what was sent and refused.
 *
 *   npm run test:log [-- --driver postfix] [--install]
 *
 * The traffic is known: so many messages accepted, delivered, deferred, bounced; so many refused,
 * and from which addresses. What the programs make of the log must be these numbers.
 */
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { content, speak } from '../support/dialogue.js';
import { startDns } from '../support/dns-server.js';
import { isolate, needPrograms } from '../support/isolation.js';
import { startPeer } from '../support/peer.js';
import { drivers, Instance, run } from '../support/servers.js';

const { values: options } = parseArgs({
  options: {
    driver: { type: 'string', default: 'hikyaku' },
    install: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
needPrograms({ pflogsumm: 'pflogsumm', 'fail2ban-regex': 'fail2ban', ip: 'iproute2' });
const place = await isolate(import.meta.url, { keep: options.keep });
await startDns();

const villains = ['10.99.1.1', '10.99.1.2', '10.99.1.3'];
const friend = '10.99.1.9';
for (const address of [...villains, friend])
  spawnSync('ip', ['addr', 'add', `${address}/32`, 'dev', 'lo']);

const taking = await startPeer(2700, {});
const deferring = await startPeer(2701, { RCPT: '450 4.2.0 later' });
const refusing = await startPeer(2702, { RCPT: '550 5.1.1 no such user' });
const server = new Instance(drivers[options.driver], place.base, 2525);
await server.configure({
  main: {
    inet_interfaces: 'all',
    mynetworks: '127.0.0.0/8',
    smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
    smtpd_error_sleep_time: '0',
    smtpd_hard_error_limit: '5',
    transport_maps:
      'inline:{take.example=smtp:[127.0.0.1]:2700,later.example=smtp:[127.0.0.1]:2701,refuse.example=smtp:[127.0.0.1]:2702}',
  },
  master: undefined,
  extraMaster: `${friend}:@port@ inet n - n - - smtpd\n`,
});
await server.start();

const text = 'From: a@sender.example\nSubject: x\n\nhello\n';
const send = (recipient, sender = 'oyaji@example.test') =>
  speak(server.port, [
    'EHLO client.example',
    `MAIL FROM:<${sender}>`,
    `RCPT TO:<${recipient}>`,
    'DATA',
    content(text),
    'QUIT',
  ]);
const asVillain = (address, lines) =>
  speak(server.port, [{ is: 'from', address }, ...lines], { host: friend });

// what is sent
const local = 6;
const relayed = 4;
const deferred = 2;
const bounced = 3;
for (let number = 0; number < local; number += 1) await send('hanako@example.test');
for (let number = 0; number < relayed; number += 1) await send('x@take.example');
for (let number = 0; number < deferred; number += 1) await send('x@later.example');
for (let number = 0; number < bounced; number += 1) await send('x@refuse.example');
const submitted = 2;
for (let number = 0; number < submitted; number += 1)
  await server.run('sendmail', ['-C', server.etc, '-f', 'hanako', 'oyaji'], { input: text });

// what is refused: relaying, unknown users, and errors until the server hangs up
const opening = ['EHLO spam.example', 'MAIL FROM:<spam@sender.example>'];
await asVillain(villains[0], [
  ...opening,
  'RCPT TO:<x@far.example>',
  'RCPT TO:<y@far.example>',
  'QUIT',
]);
await asVillain(villains[1], [...opening, 'RCPT TO:<ghost@example.test>', 'QUIT']);
await asVillain(villains[1], [...opening, 'RCPT TO:<phantom@example.test>', 'QUIT']);
await asVillain(villains[2], [
  ...opening,
  ...Array.from({ length: 5 }, (_, number) => `RCPT TO:<n${number}@far.example>`),
]);
const refusals = { [villains[0]]: 2, [villains[1]]: 2, [villains[2]]: 5 };
const rejected = 9;

for (let waited = 0; waited < 200; waited += 1) {
  const log = server.log();
  const sent = (log.match(/status=sent/g) ?? []).length;
  if (
    sent >= local + relayed + submitted + bounced &&
    (log.match(/status=deferred/g) ?? []).length >= deferred
  )
    break;
  await sleep(50);
}
await sleep(500);
await server.stop();

let passed = 0;
let failed = 0;
function check(claim, expected, found) {
  const isEqual = expected === found;
  if (isEqual) passed += 1;
  else failed += 1;
  console.log(
    `${isEqual ? 'ok  ' : 'FAIL'} ${claim}: ${found}${isEqual ? '' : `, expected ${expected}`}`,
  );
}

const summary = await run('pflogsumm', [server.logFile]);
const total = (name) =>
  Number(new RegExp(`^\\s*(\\d+)k?\\s+${name}`, 'm').exec(summary.stdout)?.[1] ?? Number.NaN);
const received = local + relayed + deferred + bounced + submitted;
check('pflogsumm: received', received, total('received'));
check(
  'pflogsumm: delivered (the notifications of the bounces too)',
  local + relayed + submitted + bounced,
  total('delivered'),
);
check('pflogsumm: deferred', deferred, total('deferred'));
check('pflogsumm: bounced', bounced, total('bounced'));
check('pflogsumm: rejected', rejected, total('rejected'));
for (const [reason, number] of [
  ['Relay access denied', 7],
  ['User unknown in local recipient table', 2],
]) {
  const section = new RegExp(`${reason}[^(]*\\(total: (\\d+)\\)`).exec(summary.stdout)?.[1];
  check(`pflogsumm: ${reason}`, number, Number(section));
}
check('pflogsumm: warnings', true, /Warnings: none/.test(summary.stdout));

const bans = await run('fail2ban-regex', ['-o', 'ip', server.logFile, 'postfix[mode=aggressive]']);
const counts = {};
for (const address of bans.stdout.split('\n').filter((line) => /^[\d.a-f:]+$/.test(line)))
  counts[address] = (counts[address] ?? 0) + 1;
for (const [address, number] of Object.entries(refusals)) {
  // The third villain is also thrown out, which is a line of its own.
  check(
    `fail2ban: lines against ${address}`,
    number + (address === villains[2] ? 1 : 0),
    counts[address],
  );
}
// The harness looked once whether the port is open, and said nothing: that is a probe, too.
check('fail2ban: the probe of the port', 1, counts['127.0.0.1']);
check('fail2ban: nobody else', 4, Object.keys(counts).length);
if (failed > 0)
  console.log(
    `\n${summary.stdout.slice(0, 1500)}\n${JSON.stringify(counts)}\n${bans.stderr.slice(0, 500)}`,
  );
for (const peer of [taking, deferring, refusing]) peer.stop();
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
