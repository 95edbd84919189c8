/**
 * services - what lines of master.cf do: commands behind sockets, bounds, stress, and the service manager.
 *
 *   npm run test:services
 *
 * Runs in a network of its own where it can (root), so that a service may listen on all addresses.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { speak } from '../support/dialogue.js';
import { drivers, Instance } from '../support/servers.js';

const isRoot = process.getuid() === 0;
if (isRoot && process.env.HIKYAKU_OWN_NETWORK === undefined) {
  const inside = 'ip link set lo up && exec "$0" "$@"';
  const file = fileURLToPath(import.meta.url);
  const result = spawnSync('unshare', ['-n', 'sh', '-c', inside, process.execPath, file], {
    stdio: 'inherit',
    env: { ...process.env, HIKYAKU_OWN_NETWORK: 'yes' },
  });
  process.exit(result.status ?? 1);
}

const base = mkdtempSync(path.join(os.tmpdir(), 'hikyaku-services-'));
chmodSync(base, 0o755);
const port = 20_000 + (process.pid % 10_000);
const server = new Instance(drivers.hikyaku, base, port);
// Not root: commands run as who we are, but a line may not name mail_owner.
const user = isRoot ? 'nobody' : 'daemon';
const runsAs = isRoot ? 'nobody' : os.userInfo().username;

// A policy server for spawn: one line of an answer for each request, until its input ends.
const policy = path.join(base, 'policy.sh');
writeFileSync(
  policy,
  `#!/bin/sh
while :; do
  recipient=
  while read -r line && [ -n "$line" ]; do
    case "$line" in recipient=*) recipient=\${line#recipient=} ;; esac
  done
  [ -n "$recipient" ] || exit 0
  case "$recipient" in
    bad@*) printf 'action=reject policy of %s says no\\n\\n' "$(id -un)" ;;
    *) printf 'action=dunno\\n\\n' ;;
  esac
done
`,
);
chmodSync(policy, 0o755);

let passed = 0;
let failed = 0;
function check(claim, isTrue, shown = '') {
  if (isTrue) passed += 1;
  else failed += 1;
  console.log(`${isTrue ? 'ok  ' : 'FAIL'} ${claim}`);
  if (!isTrue && shown !== '') console.log(String(shown).replace(/^/gm, '       '));
}

async function until(condition, seconds = 15) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50))
    if (await condition()) return true;
  return false;
}

/** A connection that notes what comes. */
function open(where) {
  const socket = net.connect(where);
  const seen = { text: '', closed: false, socket };
  socket.on('data', (bytes) => (seen.text += bytes));
  socket.on('error', () => undefined);
  socket.on('close', () => (seen.closed = true));
  return seen;
}

const bound = port + 1;
const echo = port + 2;
const extraMaster = `
${bound} inet n - n - 2 smtpd -o { smtpd_banner = banner stress=$stress } -o smtpd_timeout=\${stress?{10}:{300}}s
127.0.0.1:${echo} inet n n n - 1 spawn user=${user} argv=/bin/sh -c {id -un; pwd; env; ls /proc/self/fd | wc -l; read line; echo "heard $line"; exit 3}
policy unix - n n - 0 spawn user=${user} argv=${policy}
slow unix - n n - - spawn user=${user} argv=/bin/sleep 60
wrong unix - n n - - spawn user=no-such-user argv=/bin/cat
`;
const main = {
  inet_interfaces: 'all',
  inet_protocols: 'ipv4',
  mail_owner: isRoot ? 'postfix' : os.userInfo().username,
  export_environment: 'TZ MAIL_CONFIG SEEN=yes',
  slow_time_limit: '1s',
  smtpd_recipient_restrictions:
    'check_policy_service unix:private/policy, permit_mynetworks, reject',
  smtpd_reject_unlisted_recipient: 'no',
};

await server.configure({ main, extraMaster });

// Started as a service manager would, which listens.
const notifySocket = path.join(base, 'notify');
const heard = [];
const hasSocat = existsSync('/usr/bin/socat');
const listener = hasSocat ? spawn('socat', ['-u', `UNIX-RECV:${notifySocket}`, '-']) : undefined;
listener?.stdout.on('data', (bytes) => heard.push(bytes));
if (hasSocat) await until(() => existsSync(notifySocket));
const said = () => Buffer.concat(heard).toString();
const foreground = spawn(drivers.hikyaku.command('postfix'), ['-c', server.etc, 'start-fg'], {
  stdio: ['ignore', 'ignore', 'pipe'],
  env: {
    PATH: process.env.PATH,
    SECRET: 'no',
    ...(hasSocat ? { NOTIFY_SOCKET: notifySocket } : {}),
  },
});
let errors = '';
foreground.stderr.on('data', (bytes) => (errors += bytes));
try {
  const isUp = await until(async () => {
    const seen = open({ port, host: '127.0.0.1' });
    await until(() => seen.text !== '' || seen.closed, 2);
    seen.socket.destroy();
    return seen.text.startsWith('220 ');
  });
  check('start-fg takes mail', isUp, errors);
  if (hasSocat)
    check(
      'systemd hears READY=1, and who the main process is',
      await until(() => said().includes(`READY=1\nMAINPID=${server.masterPid()}`)),
      said(),
    );

  const client = open({ port: echo, host: '127.0.0.1' });
  await until(() => /\n\d+\n/.test(client.text));
  const second = open({ port: echo, host: '127.0.0.1' });
  await sleep(300);
  check('spawn: a second client waits, as maxproc is 1', second.text === '', second.text);
  client.socket.write('you\n');
  await until(() => client.closed);
  check(
    'spawn: the command has the rights of user=',
    client.text.startsWith(`${runsAs}\n`),
    client.text,
  );
  check(
    'spawn: it stands in the queue directory',
    client.text.includes(`\n${server.directory}/spool\n`),
    client.text,
  );
  check(
    'spawn: it has the environment of export_environment and nothing else',
    client.text.includes('SEEN=yes') &&
      client.text.includes(`MAIL_CONFIG=${server.etc}`) &&
      !client.text.includes('SECRET'),
    client.text,
  );
  check(
    'spawn: and four descriptors, one of them its own',
    /\n4\nheard you\n$/.test(client.text),
    client.text,
  );
  check(
    'spawn: the second client is served then',
    await until(() => second.text.startsWith(`${runsAs}\n`)),
  );
  second.socket.end('x\n');
  check(
    'spawn: what went wrong is logged',
    await until(() => server.log().includes('warning: command /bin/sh exit status 3')),
  );

  const slow = open({ path: path.join(server.directory, 'spool/private/slow') });
  check(
    'spawn: a command ends at its time limit',
    (await until(() => slow.closed, 5)) &&
      (await until(() => server.log().includes('/bin/sleep: process id'))),
    server.log().slice(-500),
  );
  const wrong = open({ path: path.join(server.directory, 'spool/private/wrong') });
  check(
    'spawn: a wrong line is logged with its place',
    (await until(() => wrong.closed)) &&
      (await until(() => /throttling/.test(server.log()))) &&
      /master\.cf line \d+: unknown user name: no-such-user/.test(server.log()) &&
      server.log().includes('bad command startup -- throttling'),
    server.log().slice(-500),
  );

  const transcript = await speak(port, [
    'EHLO x',
    'MAIL FROM:<a@b.test>',
    'RCPT TO:<good@example.test>',
    'RCPT TO:<bad@example.test>',
    'QUIT',
  ]);
  const replies = transcript.map(({ replies: [reply] }) => reply);
  check(
    'a policy server behind spawn lets pass',
    replies[3]?.startsWith('250 '),
    replies.join('\n'),
  );
  check(
    'and refuses',
    replies[4] ===
      `554 5.7.1 <bad@example.test>: Recipient address rejected: policy of ${runsAs} says no`,
    replies.join('\n'),
  );

  const sessions = [];
  for (let count = 0; count < 3; count += 1) {
    sessions.push(open({ port: bound, host: '127.0.0.1' }));
    await sleep(400);
  }
  check(
    'smtpd: maxproc bounds the sessions; the next waits without a greeting',
    sessions[0].text !== '' && sessions[1].text !== '' && sessions[2].text === '',
    sessions.map(({ text }) => text).join('|'),
  );
  check(
    'smtpd: the last one that fits runs under stress',
    sessions[0].text.includes('stress=\r') && sessions[1].text.includes('stress=yes'),
    sessions.map(({ text }) => text).join('|'),
  );
  check(
    'smtpd: the log says so, in the words of Postfix',
    new RegExp(
      `master\\[\\d+\\]: warning: service "${bound}" \\(${bound}\\) has reached its process limit "2": new clients may experience noticeable delays`,
    ).test(server.log()),
    server.log().slice(-800),
  );
  sessions[0].socket.end('QUIT\r\n');
  check(
    'smtpd: the waiting client is greeted when another leaves',
    await until(() => sessions[2].text.includes('stress=yes')),
  );
  for (const { socket } of sessions) socket.destroy();

  process.kill(server.masterPid(), 'SIGHUP');
  if (hasSocat)
    check(
      'systemd hears of a reload, and of its end',
      await until(() => /RELOADING=1\nMONOTONIC_USEC=\d+[^]*READY=1/.test(said())),
      said(),
    );
  const again = await speak(port, [
    'EHLO x',
    'MAIL FROM:<a@b.test>',
    'RCPT TO:<bad@example.test>',
    'QUIT',
  ]);
  check(
    'after a reload spawn serves still',
    again[3]?.replies[0]?.startsWith('554 '),
    JSON.stringify(again),
  );
  foreground.kill('SIGTERM');
  const status = await new Promise((resolve) => foreground.once('exit', (code) => resolve(code)));
  check('SIGTERM ends it', status === 0, status);
  if (hasSocat) check('systemd hears of the stop', said().includes('STOPPING=1'), said());

  await server.configure({ main, master: `${port} inet n - n - 1 postscreen\n`, postalias: [] });
  const refused = await server.run('postfix', ['-c', server.etc, 'start']);
  check(
    'postscreen does not leave a dead port: the start is refused, with what to write',
    refused.status === 1 &&
      /master\.cf line 1: postscreen is not built yet: write the line with smtpd/.test(
        refused.stderr,
      ),
    refused.stderr,
  );
} finally {
  foreground.kill('SIGKILL');
  listener?.kill();
  await server.stop();
  rmSync(base, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
