/** provider - mail goes out through Debian's Postfix as the provider, and only when its certificate is right. */
import { check, until } from './report.js';

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
      /Trusted TLS connection established[\s\S]*status=deferred \(Server certificate not verified\)/,
    ],
    [
      'verify, of an authority unknown',
      { smtp_tls_security_level: 'verify' },
      /certificate verification failed for localhost.*untrusted issuer[\s\S]*status=deferred \(Server certificate not trusted\)/,
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
