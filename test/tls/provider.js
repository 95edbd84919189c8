/** provider - mail goes out through Debian's Postfix as the provider, and only when its certificate is right. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { accountId, run } from '../support/servers.js';
import { check, until } from './report.js';

/** The provider knows oyaji's password, and wants it in the clear, under TLS. */
export async function passwords(postfix) {
  const directory = path.join(postfix.etc, 'sasl');
  mkdirSync(directory, { recursive: true });
  const accounts = path.join(directory, 'accounts.db');
  const made = await run(
    '/usr/sbin/saslpasswd2',
    ['-p', '-c', '-f', accounts, '-u', 'mail.example.test', 'oyaji'],
    { input: 'pw:1\n' },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const { uid, gid } = accountId('postfix');
  chownSync(accounts, uid, gid);
  chmodSync(accounts, 0o600);
  writeFileSync(
    path.join(directory, 'smtpd.conf'),
    `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${accounts}\nmech_list: plain login\n`,
  );
}

/** @param provider an Instance of Debian's Postfix that offers STARTTLS as mail.example.test */
export async function provider(server, configure, provider, authority) {
  const send = async (main) => {
    await server.restart(
      await configure({
        smtp_host_lookup: 'native',
        relayhost: `[localhost]:${provider.port}`,
        smtp_tls_loglevel: '1',
        ...main,
      }),
    );
    const offset = server.logSize();
    await server.mustRun('sendmail', ['-f', 'sender@example.test', 'someone@far.example'], {
      input: 'Subject: x\n\nhello\n',
    });
    await until(() => / status=/.test(server.logFrom(offset)));
    return server.logFrom(offset);
  };
  const trusted = { smtp_tls_CAfile: authority.certificate };
  const rows = [
    [
      'verify, with the right name',
      {
        ...trusted,
        smtp_tls_security_level: 'verify',
        smtp_tls_verify_cert_match: 'mail.example.test',
      },
      /Verified TLS connection established to localhost\[(?:127\.0\.0\.1|::1)\][\s\S]*status=sent/,
    ],
    [
      'verify, with another name',
      { ...trusted, smtp_tls_security_level: 'verify' },
      /Untrusted TLS connection established[\s\S]*status=deferred \(Server certificate not verified\)/,
    ],
    [
      'verify, of an authority unknown',
      { smtp_tls_security_level: 'verify' },
      /certificate verification failed for localhost.*untrusted issuer[\s\S]*status=deferred \(Server certificate not verified\)/,
    ],
    [
      'encrypt takes any',
      { smtp_tls_security_level: 'encrypt' },
      /Untrusted TLS connection established[\s\S]*status=sent/,
    ],
    [
      'may takes any',
      { smtp_tls_security_level: 'may' },
      /Untrusted TLS connection established[\s\S]*status=sent/,
    ],
    ['none stays in the clear', { smtp_tls_security_level: 'none' }, /status=sent/],
    [
      'a policy table decides',
      {
        ...trusted,
        smtp_tls_security_level: 'none',
        smtp_tls_policy_maps: `inline:{ {[localhost]:${provider.port} = secure match=mail.example.test} }`,
      },
      /Verified TLS connection[\s\S]*status=sent/,
    ],
  ];
  const verified = {
    ...trusted,
    smtp_tls_security_level: 'verify',
    smtp_tls_verify_cert_match: 'mail.example.test',
  };
  const login = (password, main) => ({
    relayhost: `[localhost]:${provider.submission}`,
    smtp_sasl_auth_enable: 'yes',
    smtp_sasl_password_maps: `inline:{ {[localhost]:${provider.submission} = oyaji:${password}} }`,
    ...main,
  });
  // With an address left to try, the reason stands in a line of its own.
  const tooWeak =
    /(?=[\s\S]*status=deferred)[\s\S]*SASL authentication failed; server .* offered no compatible/;
  rows.push(
    [
      'without a login nothing is relayed',
      { ...verified, relayhost: `[localhost]:${provider.submission}` },
      /Verified TLS connection[\s\S]*status=bounced.*554 5\.7\.1 .*Relay access denied|status=bounced.*Access denied/,
    ],
    [
      'verify and a login',
      login('pw:1', { ...verified, smtp_sasl_tls_security_options: 'noanonymous' }),
      /Verified TLS connection[\s\S]*status=sent/,
    ],
    [
      'verify and a login, wrong password',
      login('pw:2', { ...verified, smtp_sasl_tls_security_options: 'noanonymous' }),
      /(?=[\s\S]*status=deferred)[\s\S]*SASL authentication failed; server localhost\[.*\] said: 535 5\.7\.8/,
    ],
    ['the default keeps a password in clear back', login('pw:1', verified), tooWeak],
    [
      'a password in clear only for a verified server: it is one',
      login('pw:1', { ...verified, smtp_sasl_tls_verified_security_options: 'noanonymous' }),
      /status=sent/,
    ],
    [
      'a password in clear only for a verified server: it is none',
      login('pw:1', {
        smtp_tls_security_level: 'encrypt',
        smtp_sasl_tls_verified_security_options: 'noanonymous',
      }),
      tooWeak,
    ],
  );
  for (const [claim, main, pattern] of rows) {
    const log = await send(main);
    const isClear = main.smtp_tls_security_level === 'none' && !main.smtp_tls_policy_maps;
    check(
      `provider: ${claim}`,
      pattern.test(log) && (!isClear || !/TLS connection established/.test(log)),
      log,
    );
  }
}
