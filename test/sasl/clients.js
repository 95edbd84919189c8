/** clients - programs that people send mail with: each logs in and sends one message. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../support/servers.js';

const [from, to] = ['a@b.test', 'x@far.test'];

const python = `
import smtplib, sys
port, mechanism, user, password = sys.argv[1:]
s = smtplib.SMTP('127.0.0.1', int(port), timeout=30)
s.ehlo()
s.user, s.password = user, password
s.auth(mechanism, getattr(s, 'auth_' + mechanism.lower().replace('-', '_')))
s.sendmail('${from}', ['${to}'], 'Subject: x\\r\\n\\r\\nhi\\r\\n')
s.quit()
`;

export const clients = [
  {
    name: 'swaks',
    mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5'],
    send: ({ port, mechanism, user, password }) =>
      run('swaks', [
        ...['--server', `127.0.0.1:${port}`, '-f', from, '-t', to],
        ...['--auth', mechanism, '-au', user, '-ap', password],
        ...['--auth-extra', 'realm=mail.example.test'],
      ]),
  },
  {
    name: 'curl',
    mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5'],
    // Dovecot's empty realm is too much for its DIGEST-MD5, whoever carries it.
    without: ['DIGEST-MD5 dovecot', 'DIGEST-MD5 dovecot_inet'],
    send: ({ port, mechanism, user, password }) =>
      run(
        'curl',
        [
          ...['-sS', '--url', `smtp://127.0.0.1:${port}`, '--mail-from', from, '--mail-rcpt', to],
          ...['-u', `${user}:${password}`, '--login-options', `AUTH=${mechanism}`],
          ...['--upload-file', '-'],
        ],
        { input: 'Subject: x\r\n\r\nhi\r\n' },
      ),
  },
  {
    name: 'msmtp',
    mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'],
    send({ port, mechanism, user, password, base }) {
      const file = path.join(base, 'msmtprc');
      writeFileSync(file, '', { mode: 0o600 });
      return run(
        'msmtp',
        [
          ...[
            '-C',
            file,
            '--host=127.0.0.1',
            `--port=${port}`,
            `--auth=${mechanism.toLowerCase()}`,
          ],
          ...[
            `--user=${user}`,
            `--passwordeval=echo ${password}`,
            '--tls=off',
            `--from=${from}`,
            to,
          ],
        ],
        { input: 'Subject: x\n\nhi\n' },
      );
    },
  },
  {
    name: 'mutt',
    mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5', 'SCRAM-SHA-256'],
    send({ port, mechanism, user, password, base }) {
      const file = path.join(base, 'muttrc');
      const lines = [
        `set smtp_url="smtp://${user}:${password}@127.0.0.1:${port}/"`,
        `set smtp_authenticators="${mechanism.toLowerCase()}"`,
        `set from="${from}" use_envelope_from=yes hostname="b.test" copy=no`,
        `set ssl_starttls=no ssl_force_tls=no sendmail=""`,
      ];
      writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
      return run('mutt', ['-n', '-F', file, '-s', 'x', to], {
        input: 'hi\n',
        env: { HOME: base, TERM: 'dumb' },
      });
    },
  },
  {
    name: 'smtplib',
    mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
    send: ({ port, mechanism, user, password }) =>
      run('python3', ['-c', python, String(port), mechanism, user, password]),
  },
];
