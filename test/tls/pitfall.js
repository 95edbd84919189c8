/** pitfall - the guide's smtpd_tls_wrappermode = yes in main.cf: plain clients wait in vain, and the start says why. */
import { speak } from '../support/dialogue.js';
import net from 'node:net';
import { openssl } from './client.js';
import { check } from './report.js';

/** The greeting, or '' after two seconds. */
function greeting(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const end = (text) => {
      socket.destroy();
      resolve(text);
    };
    socket.once('data', (bytes) => end(bytes.toString('latin1')));
    socket.once('error', () => end(''));
    setTimeout(() => end(''), 2000);
  });
}

export async function pitfall(server, configuration) {
  await server.stop();
  const old = { smtpd_tls_security_level: undefined, smtpd_use_tls: 'yes' };
  await server.configure(await configuration({ ...old, smtpd_tls_wrappermode: 'yes' }));
  const { stderr } = await server.start();
  const about = stderr.split('\n').filter((line) => line.includes('smtpd_tls_wrappermode'));
  check(
    'wrapper mode in main.cf: one warning, with line and remedy',
    about.length === 1 && /main\.cf line \d+: .*-o smtpd_tls_wrappermode=yes/.test(about[0]),
    stderr,
  );
  const obsolete = stderr.split('\n').filter((line) => line.includes('smtpd_use_tls'));
  check(
    'an obsolete name: one warning, with what to write instead',
    obsolete.length === 1 && /line \d+: .*specify "smtpd_tls_security_level"/.test(obsolete[0]),
    stderr,
  );
  check('a plain client is not greeted', (await greeting(server.port)) === '');
  const { text } = await openssl(server.port, []);
  check('a client that begins with TLS is', /220 mail\.example\.test ESMTP/.test(text), text);
  await server.restart(await configuration());
  const transcript = await speak(server.port, ['QUIT']);
  check('without the line all is well again', /221/.test(JSON.stringify(transcript)));
}

/** What cannot be used stops the start, and is told. */
export async function brokenFiles(server, configuration, own) {
  const rows = [
    [
      'a key that is not there',
      { smtpd_tls_key_file: '/nowhere/key.pem' },
      /smtpd_tls_key_file = \/nowhere\/key\.pem: No such file or directory/,
    ],
    [
      'a key of another certificate',
      { smtpd_tls_eccert_file: own.certificate, smtpd_tls_eckey_file: '@etc@/other.key' },
      /smtpd_tls_eccert_file = .*the private key does not belong to the certificate/,
    ],
    [
      'a protocol that nobody knows',
      { smtpd_tls_protocols: '>=TLSv9' },
      /smtpd_tls_protocols = >=TLSv9: unknown protocol/,
    ],
  ];
  await server.stop();
  for (const [claim, main, pattern] of rows) {
    await server.configure({ ...(await configuration(main)), files: { 'other.key': own.other } });
    const result = await server.start().then(
      () => 'it started',
      (error) => error.message,
    );
    check(`${claim} stops the start, with file and setting`, pattern.test(result), result);
  }
  await server.configure(await configuration());
  await server.start();
}
