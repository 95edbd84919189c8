/** dane - a signed zone (nsd), a resolver that checks it (unbound), and TLSA records that are right, wrong, or absent. */
import { createHash, X509Certificate } from 'node:crypto';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { nameServer } from '../support/isolation.js';
import { run } from '../support/servers.js';
import { check, until } from './report.js';

const needed = ['/usr/sbin/nsd', '/usr/sbin/unbound', '/usr/bin/ldns-signzone'];
const nsdPort = 5399;

export async function dane(server, configure, provider, base) {
  if (!needed.every((file) => existsSync(file))) {
    console.log('skip DANE (apt-get install nsd unbound ldnsutils)');
    return;
  }
  const directory = path.join(base, 'dns');
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  const names = await signedZone(directory, provider);
  const programs = [nsd(directory), unbound(directory, names.anchor)];
  try {
    await answers('good.signed.test');
    const main = {
      smtp_tls_security_level: 'dane',
      smtp_dns_support_level: 'dnssec',
      smtp_host_lookup: 'dns',
      smtp_tls_loglevel: '1',
      smtp_tcp_port: String(provider.port),
    };
    await server.restart(await configure(main));
    const send = async (domain) => {
      const offset = server.logSize();
      await server.mustRun('sendmail', ['-f', 'sender@example.test', `someone@${domain}`], {
        input: 'Subject: x\n\nhello\n',
      });
      await until(() =>
        new RegExp(`to=<someone@${domain}>.* status=`).test(server.logFrom(offset)),
      );
      return server.logFrom(offset);
    };
    const good = await send('good.signed.test');
    check(
      'DANE: a record that agrees: delivered, verified',
      /Verified TLS connection established to mx\.good\.signed\.test[\s\S]*status=sent/.test(good),
      good,
    );
    const wrong = await send('wrong.signed.test');
    check(
      'DANE: a record that does not: deferred',
      /status=deferred \(Server certificate not verified\)/.test(wrong),
      wrong,
    );
    const none = await send('none.signed.test');
    check(
      'DANE: no record: delivered, unauthenticated',
      /Untrusted TLS connection established to mx\.none\.signed\.test[\s\S]*status=sent/.test(none),
      none,
    );
    const bogus = await send('bogus.signed.test');
    check(
      'DANE: a record whose signature is broken: deferred',
      /status=deferred \(TLSA lookup error for mx\.bogus\.signed\.test:\d+\)/.test(bogus),
      bogus,
    );
  } finally {
    for (const program of programs) program.kill('SIGTERM');
  }
}

async function signedZone(directory, provider) {
  const certificate = new X509Certificate(readFileSync(provider.certificate));
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(key).digest('hex');
  const records = ['good', 'wrong', 'none', 'bogus'].flatMap((name) => [
    `${name} IN MX 10 mx.${name}.signed.test.`,
    `mx.${name} IN A 127.0.0.1`,
  ]);
  const tlsa = (name, hex) => `_${provider.port}._tcp.mx.${name} IN TLSA 3 1 1 ${hex}`;
  const zone = path.join(directory, 'signed.test');
  writeFileSync(
    zone,
    [
      '$ORIGIN signed.test.',
      '$TTL 60',
      '@ IN SOA ns.signed.test. root.signed.test. 1 3600 600 86400 60',
      '@ IN NS ns.signed.test.',
      'ns IN A 127.0.0.1',
      ...records,
      tlsa('good', digest),
      tlsa('wrong', '00'.repeat(32)),
      tlsa('bogus', digest),
      '',
    ].join('\n'),
  );
  const { stdout } = await run(
    '/usr/bin/ldns-keygen',
    ['-k', '-a', 'ECDSAP256SHA256', 'signed.test'],
    { cwd: directory },
  );
  const keyFile = stdout.trim();
  const signed = await run('/usr/bin/ldns-signzone', [zone, path.join(directory, keyFile)], {
    cwd: directory,
  });
  if (signed.status !== 0) throw new Error(`ldns-signzone: ${signed.stderr}`);
  // One record is changed after it was signed.
  const file = `${zone}.signed`;
  const text = readFileSync(file, 'utf8').replace(
    new RegExp(`^(_${provider.port}\\._tcp\\.mx\\.bogus\\S*\\s.*TLSA\\s+3 1 1 )[0-9a-f]{64}`, 'm'),
    `$1${'11'.repeat(32)}`,
  );
  writeFileSync(file, text);
  const anchor = readdirSync(directory).find((name) => name === `${keyFile}.key`);
  return { anchor: path.join(directory, anchor ?? '') };
}

function nsd(directory) {
  const file = path.join(directory, 'nsd.conf');
  writeFileSync(
    file,
    `server:\n  ip-address: 127.0.0.1@${nsdPort}\n  username: ""\n  zonesdir: "${directory}"\n  database: ""\n  pidfile: "${directory}/nsd.pid"\n  xfrdfile: ""\n  zonelistfile: "${directory}/zone.list"\n  xfrdir: "${directory}"\nremote-control:\n  control-enable: no\nzone:\n  name: signed.test\n  zonefile: signed.test.signed\n`,
  );
  return spawn('/usr/sbin/nsd', ['-d', '-c', file], { stdio: 'ignore' });
}

function unbound(directory, anchor) {
  const file = path.join(directory, 'unbound.conf');
  writeFileSync(
    file,
    `server:\n  interface: ${nameServer}\n  username: ""\n  chroot: ""\n  directory: "${directory}"\n  pidfile: ""\n  use-syslog: no\n  do-not-query-localhost: no\n  trust-anchor-file: "${anchor}"\n  local-zone: "test." transparent\n  module-config: "validator iterator"\nremote-control:\n  control-enable: no\nstub-zone:\n  name: signed.test\n  stub-addr: 127.0.0.1@${nsdPort}\n`,
  );
  return spawn('/usr/sbin/unbound', ['-d', '-c', file], { stdio: 'ignore' });
}

async function answers(name) {
  const { Resolver } = await import('node:dns/promises');
  const resolver = new Resolver();
  resolver.setServers([nameServer]);
  const isUp = await until(() =>
    resolver.resolveMx(name).then(
      () => true,
      () => false,
    ),
  );
  if (!isUp) throw new Error('nsd and unbound do not answer');
}
