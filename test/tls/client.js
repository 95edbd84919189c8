/** client - openssl s_client and a TLS client of Node's, as the tests need them. */
import net from 'node:net';
import tls from 'node:tls';
import { run } from '../support/servers.js';

/** Runs s_client with these arguments and says QUIT. */
export async function openssl(port, args, input = 'QUIT\r\n') {
  const list = ['s_client', '-ign_eof', '-connect', `127.0.0.1:${port}`, ...args];
  const { stdout, stderr, status } = await run('/usr/bin/openssl', list, {
    input,
    timeout: 20_000,
  });
  return { text: stdout + stderr, status };
}

/** Connects and reads until the greeting's end; resolves to socket and a reader of replies. */
function talk(socket) {
  let text = '';
  let wake = () => undefined;
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    wake();
  });
  let isOpen = true;
  const end = () => {
    isOpen = false;
    wake();
  };
  socket.on('close', end).on('end', end).on('error', end);
  return {
    async reply() {
      for (;;) {
        const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(text);
        if (match) {
          text = text.slice(match[0].length);
          return match[0].trimEnd();
        }
        if (!isOpen) return '';
        await new Promise((resolve) => (wake = resolve));
      }
    },
    say(line) {
      socket.write(`${line}\r\n`);
      return this.reply();
    },
  };
}

/** STARTTLS; `more` goes to tls.connect. The session's ticket is in `session` after the first reply. */
export async function starttls(port, more = {}) {
  const raw = net.connect({ port, host: '127.0.0.1' });
  const clear = talk(raw);
  const greeting = await clear.reply();
  if (!greeting.startsWith('220')) throw new Error(`no greeting: ${greeting}`);
  await clear.say('EHLO client.example.test');
  const ready = await clear.say('STARTTLS');
  if (!ready.startsWith('220')) throw new Error(`STARTTLS: ${ready}`);
  raw.removeAllListeners('data');
  const socket = tls.connect({ socket: raw, rejectUnauthorized: false, ...more });
  const kept = { session: undefined };
  socket.on('session', (session) => (kept.session = session));
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed within the handshake')));
  });
  const secure = talk(socket);
  return { socket, kept, say: (line) => secure.say(line), end: () => socket.destroy() };
}
