import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { systemClock } from '../../lib/sys/clock.js';
import { certificateFingerprint } from '../../lib/tls/certificate.js';
import { makeCertificate } from '../../lib/tls/make-certificate.js';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { type SmtpdBench, smtpdBench } from '../../testing/smtpd-bench.js';
import { testAuthority, testCertificate, testSource } from '../../testing/tls-peer.js';

const made = testCertificate('mail.example.test');
const files = { '/pem': made.key + made.certificate, '/ca': testAuthority.certificate };
const benches: SmtpdBench[] = [];
after(() => {
  for (const bench of benches) bench.close();
});

const withTls = {
  smtpd_tls_security_level: 'may',
  smtpd_tls_cert_file: '/pem',
  smtpd_tls_CAfile: '/ca',
  smtpd_tls_loglevel: '1',
  smtpd_tls_received_header: 'yes',
};

async function start(settings: Record<string, string> = {}, source = testSource(files)) {
  const bench = await smtpdBench({ ...withTls, ...settings }, { tlsSource: source });
  benches.push(bench);
  return bench;
}

/** A client that talks in lines, over whatever stream it has now. */
class Client {
  #socket: net.Socket;
  #text = '';
  #wake = (): void => undefined;
  #isOpen = true;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#listen();
  }

  static async connect({ port }: SmtpdBench): Promise<Client> {
    const client = new Client(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    assert.match(await client.reply(), /^220 /);
    return client;
  }

  #listen(): void {
    const end = (): void => {
      this.#isOpen = false;
      this.#wake();
    };
    this.#socket
      .on('error', () => undefined)
      .on('end', end)
      .on('close', end);
    this.#socket.on('data', (bytes: Buffer) => {
      this.#text += bytes.toString('latin1');
      this.#wake();
    });
  }

  /** The next reply, lines joined by `|`; '' when the server has hung up. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.#text);
      if (match) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].trimEnd().replaceAll('\r\n', '|');
      }
      if (!this.#isOpen) return '';
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async say(...lines: string[]): Promise<string[]> {
    const replies: string[] = [];
    for (const line of lines) {
      this.#socket.write(`${line}\r\n`);
      replies.push(await this.reply());
    }
    return replies;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  end(): void {
    this.#socket.end();
  }

  async secure(options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
    this.#socket.removeAllListeners('data');
    const socket = tls.connect({ socket: this.#socket, rejectUnauthorized: false, ...options });
    this.#socket = socket;
    this.#listen();
    await once(socket, 'secureConnect');
    return socket;
  }
}

function commonName(socket: tls.TLSSocket): string {
  return String(socket.getPeerCertificate().subject.CN);
}

async function logged({ log }: SmtpdBench, line: RegExp): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = log.lines.find((one) => line.test(one));
    if (found !== undefined) return found;
    await systemClock.sleep(5);
  }
  return assert.fail(`no line ${String(line)} in\n${log.lines.join('\n')}`);
}

const envelope = ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.test>'];

test('STARTTLS is offered until it was taken, and the session begins anew', async () => {
  const bench = await start();
  const client = await Client.connect(bench);
  assert.match((await client.say('EHLO c'))[0] ?? '', /\|250-ETRN\|250-STARTTLS\|/);
  assert.deepEqual(await client.say('MAIL FROM:<a@example.org>', 'STARTTLS x', 'STARTTLS'), [
    '250 2.1.0 Ok',
    '501 5.5.4 Syntax: STARTTLS',
    '220 2.0.0 Ready to start TLS',
  ]);
  await client.secure();
  const [hello = '', ...rest] = await client.say('EHLO c', 'STARTTLS', ...envelope, 'QUIT');
  assert.doesNotMatch(hello, /STARTTLS/);
  assert.deepEqual(rest, [
    '554 5.5.1 Error: TLS already active',
    '250 2.1.0 Ok',
    '250 2.1.5 Ok',
    '221 2.0.0 Bye',
  ]);
  assert.match(
    bench.received.at(-1) ?? '',
    /^from c \(unknown \[127\.0\.0\.1\]\)\n\t\(using TLSv1\.3 with cipher \S+ \(256\/256 bits\)\n\t key-exchange \S+ server-signature ECDSA \(prime256v1\) server-digest SHA256\)\n\t\(No client certificate requested\)\n\tby mail\.example\.test \(Postfix\) with ESMTPS id QID\n/,
  );
  await logged(
    bench,
    /Anonymous TLS connection established from unknown\[127\.0\.0\.1\]: TLSv1\.3 with cipher /,
  );
  await logged(
    bench,
    /^info disconnect from .* ehlo=2 starttls=1\/3 mail=2 rcpt=1 quit=1 commands=7\/9$/,
  );
});

test('commands that come behind STARTTLS in the clear end the session', async () => {
  const bench = await start();
  const client = await Client.connect(bench);
  await client.say('EHLO c');
  assert.deepEqual(await client.say('STARTTLS\r\nMAIL FROM:<evil@example.org>'), [
    '554 5.5.0 Error: SMTP protocol synchronization',
  ]);
  await logged(bench, /improper command pipelining after STARTTLS/);
});

test('where pipelining is not policed, what came in the clear is dropped all the same', async () => {
  const bench = await start({ smtpd_forbid_unauth_pipelining: 'no' });
  const client = await Client.connect(bench);
  await client.say('EHLO c');
  assert.deepEqual(await client.say('STARTTLS\r\nMAIL FROM:<evil@example.org>'), [
    '220 2.0.0 Ready to start TLS',
  ]);
  await client.secure();
  assert.deepEqual(await client.say('NOOP', 'RCPT TO:<b@example.test>'), [
    '250 2.0.0 Ok',
    '503 5.5.1 Error: need MAIL command',
  ]);
});

test("garbage, silence and an end instead of a handshake end the session, with Postfix's lines", async () => {
  const rows: [act: (client: Client) => void, line: RegExp][] = [
    [
      (client) => client.write('EHLO again\r\n'),
      /^info SSL_accept error from unknown\[127\.0\.0\.1\]: -1$/,
    ],
    [(client) => client.end(), /^info SSL_accept error from .*: lost connection$/],
    [() => undefined, /^info SSL_accept error from .*: Connection timed out$/],
  ];
  for (const [act, line] of rows) {
    const bench = await start({ smtpd_starttls_timeout: '1s' });
    const client = await Client.connect(bench);
    await client.say('EHLO c', 'STARTTLS');
    act(client);
    await logged(bench, line);
    await logged(bench, /^info lost connection after STARTTLS from unknown\[127\.0\.0\.1\]$/);
    await logged(bench, /^info disconnect from .* ehlo=1 starttls=0\/1 commands=1\/2$/);
  }
});

test('a broken record after the handshake ends the session', async () => {
  const bench = await start();
  const raw = net.connect({ port: bench.port, host: '127.0.0.1' });
  const client = new Client(raw);
  await client.reply();
  await client.say('EHLO c', 'STARTTLS');
  await client.secure();
  raw.write('not TLS at all, and long enough to be a record\r\n');
  await logged(bench, /^info lost connection after STARTTLS from/);
});

test('at level encrypt little is taken before TLS', async () => {
  const client = await Client.connect(await start({ smtpd_tls_security_level: 'encrypt' }));
  const first = '530 5.7.0 Must issue a STARTTLS command first';
  assert.deepEqual(
    (await client.say('EHLO c', ...envelope, 'RSET', 'AUTH PLAIN x', 'NOOP', 'STARTTLS')).slice(1),
    [first, first, first, first, '250 2.0.0 Ok', '220 2.0.0 Ready to start TLS'],
  );
  await client.secure();
  assert.deepEqual((await client.say('EHLO c', ...envelope)).slice(1), [
    '250 2.1.0 Ok',
    '250 2.1.5 Ok',
  ]);
});

test('in wrapper mode TLS comes first; who waits for a greeting waits', async () => {
  const bench = await start({ smtpd_tls_wrappermode: 'yes' });
  const waiting = net.connect({ port: bench.port, host: '127.0.0.1' });
  let heard = '';
  waiting.on('data', (bytes) => (heard += bytes.toString()));
  const client = new Client(net.connect({ port: bench.port, host: '127.0.0.1' }));
  await client.secure();
  assert.equal(await client.reply(), '220 mail.example.test ESMTP Postfix');
  const [hello] = await client.say('EHLO c', 'QUIT');
  assert.doesNotMatch(hello ?? '', /STARTTLS/);
  await logged(bench, /^info disconnect from .* ehlo=1 quit=1 commands=2$/);
  assert.equal(heard, '');
  waiting.destroy();
});

test('without a certificate STARTTLS is answered with 454, and the log says why', async () => {
  const bench = await start({ smtpd_tls_cert_file: '' });
  const client = await Client.connect(bench);
  assert.deepEqual((await client.say('EHLO c', 'STARTTLS')).slice(1), [
    '454 4.7.0 TLS not available due to local problem',
  ]);
  await logged(bench, /No server certs available\. TLS won't be enabled/);
});

test('switched off, or not to be told, STARTTLS is not there', async () => {
  for (const settings of [
    { smtpd_tls_security_level: 'none', smtpd_use_tls: 'yes' },
    { smtpd_discard_ehlo_keywords: 'starttls' },
  ]) {
    const client = await Client.connect(await start(settings));
    const [hello, answer] = await client.say('EHLO c', 'STARTTLS');
    assert.doesNotMatch(hello ?? '', /STARTTLS/);
    assert.equal(answer, '502 5.5.1 Error: command not implemented');
  }
});

test('the old names still switch it on', async () => {
  const use = await Client.connect(
    await start({ smtpd_tls_security_level: '', smtpd_use_tls: 'yes' }),
  );
  assert.match((await use.say('EHLO c'))[0] ?? '', /STARTTLS/);
  const enforce = await start({ smtpd_tls_security_level: '', smtpd_enforce_tls: 'yes' });
  const client = await Client.connect(enforce);
  assert.match((await client.say('MAIL FROM:<>'))[0] ?? '', /^530 /);
});

test('a required client certificate must be there, and be trusted', async () => {
  const trusted = testCertificate('client.example.test');
  const stranger = makeCertificate({ subject: 'stranger.example.test' });
  const rows = [
    [trusted, '250 2.0.0 Ok'],
    [stranger, '421 4.7.1 mail.example.test Error: Client certificate not trusted'],
    [undefined, '421 4.7.1 mail.example.test Error: No client certificate presented'],
  ] as const;
  for (const [who, answer] of rows) {
    const bench = await start({ smtpd_tls_security_level: 'encrypt', smtpd_tls_req_ccert: 'yes' });
    const client = await Client.connect(bench);
    await client.say('EHLO c', 'STARTTLS');
    await client.secure(who ? { key: who.key, cert: who.certificate } : {});
    assert.equal((await client.say('NOOP'))[0], answer);
    await logged(bench, who === trusted ? /Trusted TLS connection/ : /NOQUEUE: abort: TLS from/);
  }
});

test('the Received: field names a trusted client certificate', async () => {
  const bench = await start({ smtpd_tls_ask_ccert: 'yes' });
  const who = testCertificate('client) "x');
  const client = await Client.connect(bench);
  await client.say('EHLO c', 'STARTTLS');
  await client.secure({ key: who.key, cert: who.certificate });
  await client.say('EHLO c', ...envelope);
  assert.match(
    bench.received.at(-1) ?? '',
    /\n\t\(Client CN "client\? \?x", Issuer "Test CA" \(verified OK\)\)\n\tby /,
  );
});

test('too many new TLS sessions are refused, first with 421, then before the handshake', async () => {
  const bench = await start({
    smtpd_client_new_tls_session_rate_limit: '1',
    smtpd_client_event_limit_exceptions: '192.0.2.0/24',
  });
  const answers: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    const client = await Client.connect(bench);
    answers.push((await client.say('EHLO c', 'STARTTLS'))[1] ?? '');
    if (!answers.at(-1)?.startsWith('220')) continue;
    await client.secure();
    answers.push((await client.say('NOOP'))[0] ?? '');
  }
  assert.deepEqual(answers, [
    '220 2.0.0 Ready to start TLS',
    '250 2.0.0 Ok',
    '220 2.0.0 Ready to start TLS',
    '421 4.7.0 mail.example.test Error: too many new TLS sessions from 127.0.0.1',
    '454 4.7.0 Error: too many new TLS sessions from 127.0.0.1',
  ]);
});

test('a new certificate is shown to new clients; a broken one changes nothing', async () => {
  const source = testSource(files);
  const bench = await start({}, source);
  const shown = async (): Promise<string> => {
    const client = await Client.connect(bench);
    await client.say('EHLO c', 'STARTTLS');
    return commonName(await client.secure());
  };
  assert.equal(await shown(), 'mail.example.test');
  const renewed = testCertificate('renewed.example.test');
  const text = renewed.key + renewed.certificate;
  source.update({ ...source.current, files: { '/pem': { is: 'text', text } } });
  assert.equal(await shown(), 'renewed.example.test');
  source.update({ ...source.current, files: { '/pem': { is: 'text', text: renewed.key } } });
  assert.equal(await shown(), 'renewed.example.test');
  await logged(
    bench,
    /^warning .*smtpd_tls_cert_file = \/pem: no certificate in PEM form .*: the old certificate stays in use$/,
  );
});

test('a name of tls_server_sni_maps gets its own certificate, and below a domain all names', async () => {
  const source = testSource(files);
  const pem = (name: string): string => {
    const { key, certificate } = testCertificate(name);
    return key + certificate;
  };
  source.update({
    ...source.current,
    sniTables: {
      'hash:/sni': { 'other.test': pem('other.test'), '.other.test': pem('*.other.test') },
    },
  });
  const bench = await start({ tls_server_sni_maps: 'hash:/sni' }, source);
  const shown = async (servername: string): Promise<string> => {
    const client = await Client.connect(bench);
    await client.say('EHLO c', 'STARTTLS');
    return commonName(await client.secure({ servername }));
  };
  assert.equal(await shown('other.test'), 'other.test');
  assert.equal(await shown('a.b.OTHER.test'), '*.other.test');
  assert.equal(await shown('third.test'), 'mail.example.test');
});

test('client certificates let relay by fingerprint or by authority, and have access tables', async () => {
  const who = testCertificate('client.example.test');
  const fingerprint = certificateFingerprint(new X509Certificate(who.certificate), 'sha256');
  const tables = {
    certs: { [fingerprint.toLowerCase()]: 'client' },
    bad: { [fingerprint.toLowerCase()]: 'REJECT not you' },
  };
  const answer = async (restrictions: string, shown = true): Promise<string> => {
    const source = testSource(files);
    const settings = {
      ...withTls,
      smtpd_tls_ask_ccert: 'yes',
      smtpd_tls_fingerprint_digest: 'sha256',
      relay_clientcerts: 'test:certs',
      smtpd_relay_restrictions: `${restrictions}, reject`,
    };
    const bench = await smtpdBench(settings, { tlsSource: source, dicts: fakeDicts(tables) });
    benches.push(bench);
    const client = await Client.connect(bench);
    await client.say('EHLO c', 'STARTTLS');
    await client.secure(shown ? { key: who.key, cert: who.certificate } : {});
    return (await client.say('EHLO c', 'MAIL FROM:<>', 'RCPT TO:<x@far.test>'))[2] ?? '';
  };
  assert.match(await answer('permit_tls_clientcerts'), /^250 /);
  assert.match(await answer('permit_tls_clientcerts', false), /^554 .*Access denied/);
  assert.match(await answer('permit_tls_all_clientcerts'), /^250 /);
  assert.match(await answer('permit_tls_all_clientcerts', false), /^554 /);
  assert.match(
    await answer('check_ccert_access test:bad'),
    /^554 5\.7\.1 <unknown\[127\.0\.0\.1\]>: Client certificate rejected: not you/,
  );
  assert.match(await answer('reject_plaintext_session, permit'), /^250 /);
});
