/**
 * reload - a reload or a crash with a bad main.cf changes nothing; with a good one everything.
 *
 *   npm run test:reload
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { speak } from '../support/dialogue.js';
import { drivers, Instance, run } from '../support/servers.js';

const base = mkdtempSync(path.join(os.tmpdir(), 'hikyaku-reload-'));
chmodSync(base, 0o755);
const server = new Instance(drivers.hikyaku, base, 20_000 + (process.pid % 10_000));
const main = {
  inet_protocols: 'ipv4',
  mail_owner: process.getuid() === 0 ? 'postfix' : os.userInfo().username,
};

let passed = 0;
let failed = 0;
function check(claim, isTrue, shown = '') {
  if (isTrue) passed += 1;
  else failed += 1;
  console.log(`${isTrue ? 'ok  ' : 'FAIL'} ${claim}`);
  if (!isTrue) console.log(String(shown).replace(/^/gm, '       '));
}

async function until(condition, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100))
    if (await condition()) return true;
  return false;
}

const greeting = async () => {
  const transcript = await speak(server.port, ['QUIT']).catch((error) => [
    { replies: [error.message] },
  ]);
  return transcript[0]?.replies.join(' ') ?? '';
};
const hangUp = () => process.kill(server.masterPid(), 'SIGHUP');

const wrong = [
  [
    'a number that is none',
    'message_size_limit = lots\n',
    /line \d+: message_size_limit = lots: bad numerical value/,
  ],
  [
    'a network with host bits',
    'mynetworks = 10.0.0.1/8\n',
    /line \d+: mynetworks: .* write 10\.0\.0\.0\/8/,
  ],
  ['a line that is no setting', 'no equals here\n', /line \d+: missing '=' after attribute name/],
  [
    'no relay decision, which only smtpd finds out',
    'smtpd_relay_restrictions =\n',
    /specify at least one working instance/,
  ],
];

await server.configure({ main });
await server.start();
try {
  for (const [what, text, problem] of wrong) {
    const offset = server.logSize();
    await server.configure({ main, text, postalias: [] });
    hangUp();
    const isSaid = await until(() => {
      const log = server.logFrom(offset);
      return problem.test(log) && log.includes('; the old settings go on');
    });
    check(`${what}: the reload is given up, with the reason`, isSaid, server.logFrom(offset));
    check('and the server answers', await until(async () => (await greeting()).startsWith('220 ')));
    const command = await server.run('postfix', ['-c', server.etc, 'reload']);
    if (!text.includes('relay'))
      check(
        'postfix reload says so, too',
        command.status === 1 && problem.test(command.stderr),
        command.stderr,
      );
  }
  const offset = server.logSize();
  const workers = (await run('pgrep', ['-P', String(server.masterPid())])).stdout
    .trim()
    .split('\n');
  for (const pid of workers) process.kill(Number(pid), 'SIGKILL');
  check(
    'processes that die come back with the settings that master has',
    await until(async () => (await greeting()).startsWith('220 ')),
    server.logFrom(offset),
  );
  await server.configure({ main, text: 'smtpd_banner = new settings\n', postalias: [] });
  hangUp();
  check(
    'good settings count',
    await until(async () => (await greeting()) === '220 new settings'),
    server.log().slice(-2000),
  );
} finally {
  await server.stop();
  rmSync(base, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
