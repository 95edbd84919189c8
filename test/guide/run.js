/**
 * run - the guide's basic server, told by one story to Debian's Postfix and to Hikyaku, and compared.
 *
 *   npm run test:guide [-- --driver hikyaku|postfix] [--keep]
 *
 * Each server must keep what the guide promises; and the dialogues, the mail that comes out (names,
 * modes, owners, texts), what the next hops hear, the commands and the log must be equal. With
 * --driver one of them is run alone.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { multisetDifferences, Report, textDifference } from '../support/compare.js';
import { defaultZone, startDns } from '../support/dns-server.js';
import { accounts, isolate, needPrograms } from '../support/isolation.js';
import { isStory, Normaliser } from '../support/normalise.js';
import { startPeer } from '../support/peer.js';
import { drivers, Instance } from '../support/servers.js';
import { snapshot } from '../support/snapshot.js';
import { outsideAddress, tellStory } from './story.js';

const { values: options } = parseArgs({
  options: { driver: { type: 'string' }, keep: { type: 'boolean', default: false } },
});
needPrograms({
  ip: 'iproute2',
  ...(options.driver === 'hikyaku' ? {} : { '/usr/sbin/postfix': 'postfix' }),
});
const place = await isolate(import.meta.url, { keep: options.keep });
spawnSync('ip', ['addr', 'add', `${outsideAddress}/32`, 'dev', 'lo']);
const mx = (exchange) => [{ type: 'MX', data: { exchange, preference: 10 } }];
const address = (data) => [{ type: 'A', data }];
await startDns({
  ...defaultZone,
  'later.example': mx('mx.later.example'),
  'mx.later.example': address('127.0.0.21'),
  'refuse.example': mx('mx.refuse.example'),
  'mx.refuse.example': address('127.0.0.22'),
});

let passed = 0;
let failed = 0;

async function tell(driver, port) {
  const server = new Instance(driver, place.base, port);
  const later = await startPeer(25, { RCPT: '450 4.2.0 mailbox busy' }, '127.0.0.21');
  const refuse = await startPeer(25, { RCPT: '550 5.1.1 no such user' }, '127.0.0.22');
  const normaliser = new Normaliser(server);
  const notes = [];
  const heard = [];
  const taking = (peer) => ({
    take() {
      const sessions = peer.take();
      heard.push(...sessions);
      return sessions;
    },
  });
  const [laterHeard, refuseHeard] = [taking(later), taking(refuse)];
  await tellStory({
    server,
    place,
    later: laterHeard,
    refuse: refuseHeard,
    check(claim, isTrue, shown = '') {
      if (isTrue) passed += 1;
      else failed += 1;
      console.log(`${isTrue ? 'ok  ' : 'FAIL'} ${driver.name}: ${claim}`);
      if (!isTrue && shown !== '') console.log(String(shown).replace(/^/gm, '       '));
    },
    note: (title, text) => notes.push([title, text]),
  });
  laterHeard.take();
  refuseHeard.take();
  later.stop();
  refuse.stop();
  const log = server.log();
  normaliser.learn(log);
  const result = {
    notes: new Map(notes.map(([title, text]) => [title, normaliser.text(text)])),
    heard: heard.map((session) => normaliser.text(session.join('\n'))).sort(),
    files: snapshot({ home: place.home }, (text) => normaliser.text(text)),
    log: log
      .split('\n')
      .filter(isStory)
      .map((line) => normaliser.logLine(line)),
  };
  for (const name of Object.keys(accounts))
    for (const entry of readdirSync(path.join(place.home, name)))
      rmSync(path.join(place.home, name, entry), { recursive: true, force: true });
  return result;
}

if (options.driver !== undefined) {
  await tell(drivers[options.driver], 2525);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
const postfix = await tell(drivers.postfix, 2525);
const ours = await tell(drivers.hikyaku, 2526);
const report = new Report(fileURLToPath(new URL('meant-differences.json', import.meta.url)));
for (const [title, text] of postfix.notes)
  report.settle('words', title, textDifference(text, ours.notes.get(title) ?? '', 'text'));
report.settle(
  'mail',
  'files',
  multisetDifferences(postfix.files, ours.files, 'file').flatMap((row) =>
    row.postfix !== undefined && row.ours !== undefined
      ? textDifference(row.postfix, row.ours, 'file')
      : [row],
  ),
);
report.settle('mail', 'next hops', multisetDifferences(postfix.heard, ours.heard, 'heard'));
report.settle('log', 'lines', multisetDifferences(postfix.log, ours.log, 'log'));
console.log(`\n${passed} promises kept, ${failed} broken`);
const status = report.close({ checkList: true });
process.exit(failed === 0 ? status : 1);
