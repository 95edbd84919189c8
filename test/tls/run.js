/**
 * tls - TLS from outside: openssl, sslscan, Debian's Postfix, a signed zone.
 *
 *   npm run test:tls [-- --only handshakes|pitfall|renewal|provider|dane]
 *
 * Needs root, openssl and Debian's postfix; sslscan, nsd, unbound and ldnsutils where they are.
 */
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { isolate } from '../support/isolation.js';
import { drivers, Instance } from '../support/servers.js';
import { Authority } from './certificates.js';
import { dane } from './dane.js';
import { handshakes, sniTable } from './handshakes.js';
import { brokenFiles, pitfall } from './pitfall.js';
import { passwords, provider } from './provider.js';
import { renewal } from './renewal.js';
import { summary } from './report.js';

const { values } = parseArgs({ options: { only: { type: 'string' }, keep: { type: 'boolean' } } });
const { base } = await isolate(import.meta.url, { keep: values.keep ?? false });
const isWanted = (part) => values.only === undefined || values.only === part;

const certificates = path.join(base, 'certificates');
mkdirSync(certificates);
chmodSync(certificates, 0o700); // what is in it only root can read
const authority = await Authority.create(certificates);
const own = await authority.sign('own', 'mail.example.test');

const first = 21_000;
const ports = {
  smtp: first,
  submission: first + 1,
  smtps: first + 2,
  certificates: first + 3,
  provider: first + 11,
};
const server = new Instance(drivers.hikyaku, base, ports.smtp);
const extraMaster = `127.0.0.1:${ports.submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
127.0.0.1:${ports.smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
127.0.0.1:${ports.certificates} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_tls_req_ccert=yes
`;

async function configuration(main = {}) {
  return {
    main: {
      smtpd_tls_security_level: 'may',
      smtpd_tls_cert_file: own.certificate,
      smtpd_tls_key_file: own.key,
      smtpd_tls_CAfile: authority.certificate,
      smtpd_tls_loglevel: '1',
      smtpd_tls_session_cache_database: 'btree:${data_directory}/smtpd_scache',
      tls_server_sni_maps: 'hash:@etc@/sni',
      ...main,
    },
    extraMaster,
  };
}

await server.configure(await configuration());
await sniTable(server, authority);
await server.start();
let status = 1;
try {
  if (isWanted('handshakes')) await handshakes(server, ports, authority);
  if (isWanted('pitfall')) {
    await pitfall(server, configuration);
    const other = await authority.sign('another', 'mail.example.test', 'ec');
    await brokenFiles(server, configuration, { ...own, other: readFileSync(other.key, 'latin1') });
  }
  if (isWanted('renewal')) await renewal(server, ports, authority, own);
  if (isWanted('provider') || isWanted('dane')) {
    const peer = await authority.sign('peer', 'mail.example.test');
    const postfix = new Instance(drivers.postfix, base, first + 10);
    postfix.certificate = peer.certificate;
    postfix.submission = ports.provider;
    await postfix.configure({
      main: {
        smtpd_tls_security_level: 'may',
        smtpd_tls_cert_file: peer.certificate,
        smtpd_tls_key_file: peer.key,
        smtpd_relay_restrictions: 'permit_mynetworks, reject',
        default_transport: 'discard:taken',
        smtpd_peername_lookup: 'no',
        cyrus_sasl_config_path: '@etc@/sasl',
      },
      extraMaster: `tlsmgr unix - - n 1000? 1 tlsmgr
127.0.0.1:${ports.provider} inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
`,
    });
    await passwords(postfix);
    await postfix.start();
    try {
      if (isWanted('provider')) await provider(server, configuration, postfix, authority);
      if (isWanted('dane')) await dane(server, configuration, postfix, base);
    } finally {
      await postfix.stop();
    }
  }
  status = summary();
} finally {
  await server.stop();
}
process.exit(status);
