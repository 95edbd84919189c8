/** over-tls - logins that need TLS around them: channel binding, client certificates; and bearer tokens. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../support/servers.js';
import { Authority } from '../tls/certificates.js';
import { goodToken } from './token-server.js';

/** Last digits of the services' ports. */
const ports = { sasldb: 8, certificate: 9, dovecot: 0 };

export async function serverFiles(base) {
  const directory = path.join(base, 'certificates');
  mkdirSync(directory);
  chmodSync(directory, 0o700);
  const authority = await Authority.create(directory);
  const stranger = path.join(directory, 'other');
  mkdirSync(stranger);
  const other = await Authority.create(stranger);
  return {
    authority,
    own: await authority.sign('own', 'mail.example.test'),
    client: await authority.sign('client', 'oyaji@mail.example.test'),
    unknown: await other.sign('client', 'oyaji@mail.example.test'),
  };
}

export const tlsSettings = ({ authority, own }) => ({
  smtpd_tls_security_level: 'may',
  smtpd_tls_cert_file: own.certificate,
  smtpd_tls_key_file: own.key,
  smtpd_tls_CAfile: authority.certificate,
  smtpd_tls_loglevel: '1',
});

/** Services of Hikyaku alone: Postfix with Cyrus knows neither binding nor certificates. */
export const tlsMasterLines = (base) =>
  [
    `${ports.sasldb} inet n - n - - smtpd -o smtpd_sasl_path=sasldb -o smtpd_tls_auth_only=yes -o smtpd_tls_ask_ccert=yes`,
    `${ports.certificate} inet n - n - - smtpd -o smtpd_sasl_path=external -o smtpd_tls_ask_ccert=yes -o smtpd_sasl_mechanism_filter=static:rest`,
    `${ports.dovecot} inet n - n - - smtpd -o smtpd_sasl_type=dovecot -o smtpd_sasl_path=${base}/dovecot/auth`,
  ]
    .map((line) => `127.0.0.1:@port@${line}\n`)
    .join('');

/** The file that the service `external` of `tlsMasterLines` reads. */
export const externalConfig = (base) =>
  `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${base}/debian.db\n`;

const [from, to] = ['a@b.test', 'x@far.test'];
const text = { input: 'Subject: x\r\n\r\nhi\r\n' };
const tlsOf = ({ key, certificate }) => ['--cert', certificate, '--key', key];

function curl(port, mechanism, args) {
  const envelope = ['--mail-from', from, '--mail-rcpt', to, '--upload-file', '-'];
  const list = ['-sSv', '--insecure', '--ssl-reqd', '--url', `smtp://127.0.0.1:${port}`];
  return run('curl', [...list, '--login-options', `AUTH=${mechanism}`, ...args, ...envelope], text);
}

function msmtp(port, mechanism, password, base, args = [], user = 'oyaji') {
  const file = path.join(base, 'msmtprc-tls');
  writeFileSync(file, '', { mode: 0o600 });
  const place = ['-C', file, '--host=127.0.0.1', `--port=${port}`, `--auth=${mechanism}`];
  const tls = ['--tls=on', '--tls-starttls=on', '--tls-certcheck=off', ...args];
  const login = [`--user=${user}`, `--passwordeval=echo ${password}`, `--from=${from}`];
  return run('msmtp', [...place, ...tls, ...login, to], text);
}

const gsasl = (port, mechanism, password, more = []) =>
  run('gsasl', [
    ...['--smtp', '--connect', `127.0.0.1:${port}`, '--starttls', '--x509-ca-file='],
    ...['-m', mechanism, '-a', 'oyaji', '-z', '', '-p', password, ...more],
  ]);

export async function overTls({ tested, base, files, check }) {
  const port = (name) => Number(`${tested.port}${ports[name]}`);
  const shown = ({ stdout, stderr }) => `${stdout}${stderr}`.slice(-1200);
  const logsIn = (claim, result) => check(claim, result.status === 0, shown(result));
  const isRefused = (claim, result, pattern) =>
    check(claim, result.status !== 0 && pattern.test(shown(result)), shown(result));

  const binding = ['SCRAM-SHA-1-PLUS', 'SCRAM-SHA-256-PLUS'];
  for (const mechanism of binding)
    for (const version of ['TLS1.2', 'TLS1.3']) {
      const only = ['--priority', `NORMAL:-VERS-ALL:+VERS-${version}`];
      logsIn(
        `gsasl, ${mechanism}, ${version}`,
        await gsasl(port('sasldb'), mechanism, 'pw1', only),
      );
      isRefused(
        `gsasl, ${mechanism}, ${version}, wrong password`,
        await gsasl(port('sasldb'), mechanism, 'bad', only),
        /535 5\.7\.8/,
      );
    }
  // A client that binds, but not to what it is connected by: somebody stands between.
  isRefused(
    'SCRAM-SHA-256-PLUS without binding data',
    await gsasl(port('sasldb'), 'SCRAM-SHA-256-PLUS', 'pw1', ['--no-cb']),
    /./,
  );

  const external = (certificate) =>
    curl(port('certificate'), 'EXTERNAL', ['-u', 'oyaji@mail.example.test:', ...certificate]);
  logsIn('curl, EXTERNAL with a certificate', await external(tlsOf(files.client)));
  isRefused(
    'curl, EXTERNAL, an authority nobody trusts',
    await external(tlsOf(files.unknown)),
    /./,
  );
  isRefused(
    'curl, EXTERNAL as somebody else',
    await curl(port('certificate'), 'EXTERNAL', ['-u', 'root:', ...tlsOf(files.client)]),
    /535 5\.7\.8/,
  );
  isRefused('curl, EXTERNAL without a certificate', await external([]), /./);
  logsIn(
    'msmtp, EXTERNAL with a certificate',
    await msmtp(
      port('certificate'),
      'external',
      '',
      base,
      [`--tls-cert-file=${files.client.certificate}`, `--tls-key-file=${files.client.key}`],
      'oyaji@mail.example.test',
    ),
  );
  isRefused(
    'EXTERNAL where smtpd_sasl_mechanism_filter has its default',
    await curl(port('sasldb'), 'EXTERNAL', [
      '-u',
      'oyaji@mail.example.test:',
      ...tlsOf(files.client),
    ]),
    /./,
  );

  for (const mechanism of ['XOAUTH2', 'OAUTHBEARER'])
    for (const token of [goodToken, 'ya29.bad-token']) {
      const isGood = token === goodToken;
      const results = [
        [
          'curl',
          await curl(port('dovecot'), mechanism, ['-u', 'oyaji:', '--oauth2-bearer', token]),
        ],
        ['msmtp', await msmtp(port('dovecot'), mechanism.toLowerCase(), token, base)],
      ];
      for (const [client, result] of results)
        if (isGood) logsIn(`${client}, ${mechanism}, Dovecot`, result);
        else isRefused(`${client}, ${mechanism}, Dovecot, bad token`, result, /./);
    }

  const log = tested.log();
  for (const [mechanism, name] of [
    ...binding.map((mechanism) => [mechanism, 'oyaji']),
    ['EXTERNAL', 'oyaji@mail.example.test'],
    ['XOAUTH2', 'oyaji'],
    ['OAUTHBEARER', 'oyaji'],
  ])
    if (!mechanism.endsWith('-PLUS'))
      check(
        `the log names the login by ${mechanism}`,
        log.includes(`sasl_method=${mechanism}, sasl_username=${name}`),
      );
}
