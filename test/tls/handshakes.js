/** handshakes - what openssl, sslscan and a client that misbehaves find at ports 25, 587 and 465. */
import { chmodSync, existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { speak } from '../support/dialogue.js';
import { run } from '../support/servers.js';
import { openssl, starttls } from './client.js';
import { check, until } from './report.js';

export async function handshakes(server, ports, authority) {
  await everyPort(ports, authority);
  await resumption(server, ports);
  await clientCertificates(ports, authority);
  await serverNames(ports);
  await injection(server, ports);
  await scan(ports);
}

async function everyPort(ports, { certificate }) {
  const ways = [
    ['smtp', ports.smtp, ['-starttls', 'smtp']],
    ['submission', ports.submission, ['-starttls', 'smtp']],
    ['smtps', ports.smtps, []],
  ];
  for (const [name, port, how] of ways)
    for (const version of ['1_2', '1_3']) {
      const { text } = await openssl(port, [
        ...how,
        `-tls${version}`,
        '-CAfile',
        certificate,
        '-verify_return_error',
        '-verify_hostname',
        'mail.example.test',
      ]);
      check(
        `${name}: TLS ${version.replace('_', '.')}, and the certificate is verified`,
        /Verify return code: 0 \(ok\)/.test(text) &&
          text.includes(`TLSv${version.replace('_', '.')}`),
        text,
      );
    }
  for (const version of ['1', '1_1']) {
    const { text } = await openssl(ports.smtps, [
      `-tls${version}`,
      '-cipher',
      'DEFAULT@SECLEVEL=0',
    ]);
    check(
      `TLS ${version.replace('_', '.')} is refused`,
      /alert protocol version|unsupported protocol/.test(text),
      text,
    );
  }
}

/** A ticket of one worker opens in the next: after a reload, and after a worker was killed. */
async function resumption(server, ports) {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    const reused = async (session) => {
      const client = await starttls(ports.smtp, { maxVersion, ...(session ? { session } : {}) });
      const answer = await client.say('EHLO client.example.test');
      const result = {
        reused: client.socket.isSessionReused(),
        answer,
        session: client.kept.session,
      };
      client.end();
      return result;
    };
    const first = await reused();
    const again = await reused(first.session);
    check(
      `${maxVersion}: a session is resumed`,
      !first.reused && again.reused && again.answer.startsWith('250'),
    );
    const offset = server.logSize();
    await server.mustRun('postfix', ['reload']);
    await until(() => server.logFrom(offset).includes('reload -- version'));
    await sleep(2500); // new workers are there, old ones are leaving
    check(`${maxVersion}: and after a reload`, (await reused(first.session)).reused);
    const worker = await edgePid(server);
    process.kill(worker, 'SIGKILL');
    await until(async () => {
      const now = await edgePid(server);
      return now !== undefined && now !== worker;
    });
    await until(() =>
      starttls(ports.smtp).then(
        (client) => client.end() ?? true,
        () => false,
      ),
    );
    check(`${maxVersion}: and when its worker was killed`, (await reused(first.session)).reused);
  }
}

/** The worker that reads from strangers, by its title. */
async function edgePid(server) {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args=']);
  const row = stdout
    .split('\n')
    .find(
      (line) =>
        line.includes('hikyaku edge') && Number(line.trim().split(/\s+/)[1]) === server.masterPid(),
    );
  return row === undefined ? undefined : Number(row.trim().split(/\s+/)[0]);
}

async function clientCertificates(ports, authority) {
  const own = await authority.sign('client', 'client.example.test');
  const shown = await openssl(
    ports.certificates,
    ['-starttls', 'smtp', '-cert', own.certificate, '-key', own.key],
    'QUIT\r\n',
  );
  check('a trusted client certificate is let in', /221 2\.0\.0 Bye/.test(shown.text), shown.text);
  const none = await openssl(ports.certificates, ['-starttls', 'smtp'], 'EHLO x\r\nQUIT\r\n');
  check(
    'none is not, where one is required',
    /421 4\.7\.1 .*No client certificate presented/.test(none.text),
    none.text,
  );
}

async function serverNames(ports) {
  const subject = async (name) => {
    const { text } = await openssl(
      ports.smtps,
      name === '' ? ['-noservername'] : ['-servername', name],
    );
    return /subject=CN = (\S+)/.exec(text)?.[1] ?? text;
  };
  check(
    'SNI: a name of the table gets its certificate',
    (await subject('other.example.test')) === 'other.example.test',
  );
  check(
    'SNI: so does a name below a domain of the table',
    (await subject('a.virtual.example.test')) === 'virtual.example.test',
  );
  check(
    'SNI: other names, and none, get the usual one',
    (await subject('x.test')) === 'mail.example.test' &&
      (await subject('')) === 'mail.example.test',
  );
}

async function injection(server, ports) {
  const offset = server.logSize();
  const transcript = await speak(ports.smtp, [
    'EHLO x',
    'STARTTLS\r\nMAIL FROM:<evil@example.test>\r\nRCPT TO:<root@example.test>',
  ]);
  const last = transcript.at(-1).replies.join(' ');
  check(
    'commands behind STARTTLS in the clear end the session',
    /554 5\.5\.0/.test(last),
    JSON.stringify(transcript),
  );
  check(
    'and nothing came of them',
    !/client=|from=<evil/.test(server.logFrom(offset)),
    server.logFrom(offset),
  );
}

async function scan(ports) {
  if (!existsSync('/usr/bin/sslscan')) {
    console.log('skip sslscan (apt-get install sslscan)');
    return;
  }
  for (const [how, port] of [
    [[], ports.smtps],
    [['--starttls-smtp'], ports.smtp],
  ]) {
    const { stdout } = await run('/usr/bin/sslscan', ['--no-colour', ...how, `127.0.0.1:${port}`]);
    const old = stdout.match(/^(SSLv2|SSLv3|TLSv1\.0|TLSv1\.1) +enabled/gm) ?? [];
    const accepted = stdout.split('\n').filter((line) => /^(Accepted|Preferred) /.test(line));
    const weak = accepted.filter((line) =>
      /NULL|EXP|ADH|AECDH|RC4|DES|MD5|anon|SEED|IDEA| (?:40|56|64|112) bits/i.test(line),
    );
    const name = how.length === 0 ? 'wrapper port' : 'STARTTLS';
    check(
      `sslscan, ${name}: no protocol below TLS 1.2`,
      old.length === 0 && accepted.length > 0,
      stdout,
    );
    check(
      `sslscan, ${name}: no weak cipher of ${accepted.length}`,
      weak.length === 0,
      weak.join('\n'),
    );
    const holes =
      /Compression enabled|Insecure session renegotiation supported|vulnerable to heartbleed/;
    const text = stdout.replaceAll('not vulnerable', '');
    check(`sslscan, ${name}: no compression, no insecure renegotiation`, !holes.test(text), text);
  }
}

/** The table of names, as postmap -F makes it: with the keys in it, and so for root alone. */
export async function sniTable(server, authority) {
  const lines = [];
  for (const [file, key, name] of [
    ['other', 'other.example.test', 'other.example.test'],
    ['virtual', '.virtual.example.test', 'virtual.example.test'],
  ]) {
    const made = await authority.sign(file, name, 'ec');
    lines.push(`${key} ${made.key} ${made.certificate}`);
  }
  server.write('etc/sni', `${lines.join('\n')}\n`);
  await server.mustRun('postmap', ['-F', `hash:${path.join(server.etc, 'sni')}`]);
  chmodSync(path.join(server.etc, 'sni.db'), 0o600);
}
