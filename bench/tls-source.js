/**
 * tls-source - what smtp-source does, over STARTTLS: a session for each message.
 *
 *   node bench/tls-source.js [--resume] [--sessions 20] [--messages 1000] [--length 4096] --to ADDRESS PORT
 *
 * With --resume each session resumes the one before it. Fails when a message is not taken, or when fewer than nine of
 * ten sessions are resumed although they were to be. The client checks no certificate: the server's work is measured.
 */
import net from 'node:net';
import process from 'node:process';
import tls from 'node:tls';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    resume: { type: 'boolean', default: false },
    sessions: { type: 'string', default: '20' },
    messages: { type: 'string', default: '1000' },
    length: { type: 'string', default: '4096' },
    to: { type: 'string' },
  },
});
const port = Number(positionals[0]);
const count = Number(values.messages);
const line = `${'X'.repeat(78)}\r\n`;
const content = `Subject: test\r\n\r\n${line.repeat(Math.ceil(Number(values.length) / line.length))}.\r\n`;
const context = tls.createSecureContext();

/** Says a line, or waits for the greeting; resolves at the whole reply. */
function conversation(socket) {
  let text = '';
  let wake;
  const done = (error) => {
    const { resolve, reject } = wake ?? {};
    wake = undefined;
    if (error) reject?.(error);
    else resolve?.();
  };
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    const last = text.lastIndexOf('\n', text.length - 2) + 1;
    if (!text.endsWith('\n') || text[last + 3] !== ' ') return;
    const code = Number(text.slice(last, last + 3));
    const error = code >= 400 ? new Error(text.trim()) : undefined;
    text = '';
    done(error);
  });
  socket.on('error', done);
  socket.on('close', () => done(new Error('connection lost')));
  return (words) =>
    new Promise((resolve, reject) => {
      wake = { resolve, reject };
      if (words !== undefined) socket.write(words);
    });
}

let started = 0;
let resumed = 0;

async function message(session) {
  const raw = net.connect({ port, host: '127.0.0.1', noDelay: true });
  const clear = conversation(raw);
  await clear();
  await clear('EHLO client.example.test\r\n');
  await clear('STARTTLS\r\n');
  raw.removeAllListeners();
  const socket = tls.connect({
    socket: raw,
    secureContext: context,
    rejectUnauthorized: false,
    session,
  });
  let next = session;
  socket.on('session', (ticket) => (next = ticket));
  await new Promise((resolve, reject) =>
    socket.once('secureConnect', resolve).once('error', reject),
  );
  if (socket.isSessionReused()) resumed += 1;
  const say = conversation(socket);
  await say('EHLO client.example.test\r\n');
  await say('MAIL FROM:<sender@example.test>\r\n');
  await say(`RCPT TO:<${values.to}>\r\n`);
  await say('DATA\r\n');
  await say(content);
  await say('QUIT\r\n');
  socket.destroy();
  return next;
}

await Promise.all(
  Array.from({ length: Number(values.sessions) }, async () => {
    let session;
    while (started < count) {
      started += 1;
      const next = await message(session);
      if (values.resume) session = next;
    }
  }),
);
if (values.resume && resumed < 0.9 * (count - Number(values.sessions)))
  throw new Error(`only ${resumed} of ${count} sessions were resumed`);
