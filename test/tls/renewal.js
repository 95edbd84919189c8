/** renewal - a certificate is renewed under load; a broken one changes nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { starttls } from './client.js';
import { check, until } from './report.js';

export async function renewal(server, ports, authority, own) {
  const serial = async () => {
    const client = await starttls(ports.smtp);
    const { serialNumber } = client.socket.getPeerCertificate();
    client.end();
    return serialNumber;
  };
  const before = await serial();
  let isLoaded = true;
  let done = 0;
  const failures = [];
  const load = Array.from({ length: 4 }, async () => {
    while (isLoaded) {
      try {
        const client = await starttls(ports.smtp);
        const answer = await client.say('EHLO x');
        if (!answer.startsWith('250')) failures.push(answer);
        await client.say('QUIT');
        client.end();
        done += 1;
      } catch (error) {
        failures.push(error.message);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  // As certbot does it: new files in the place of the old ones, first one, then the other.
  const renewed = await authority.sign('renewed', 'mail.example.test');
  const offset = server.logSize();
  writeFileSync(own.certificate, readFileSync(renewed.certificate));
  await new Promise((resolve) => setTimeout(resolve, 300));
  writeFileSync(own.key, readFileSync(renewed.key));
  const isNew = await until(async () => (await serial()) !== before, 30);
  isLoaded = false;
  await Promise.all(load);
  check('a renewed certificate is in use without a restart', isNew, server.logFrom(offset));
  check(
    `no connection of ${done} failed meanwhile`,
    failures.length === 0 && done > 0,
    failures.join('\n'),
  );
  const after = await serial();
  writeFileSync(own.certificate, 'this is no certificate\n');
  const broken = server.logSize();
  const isSaid = await until(() => /old certificate stays in use/.test(server.logFrom(broken)), 30);
  check(
    'a broken one is told, with file and setting',
    isSaid && /smtpd_tls_cert_file = .*no certificate in PEM form/.test(server.logFrom(broken)),
    server.logFrom(broken),
  );
  check('and the old one stays in use', (await serial()) === after);
  writeFileSync(own.certificate, readFileSync(renewed.certificate));
}
