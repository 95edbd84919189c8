/**
 * milter - a mail filter that does what it is told, and writes down what it hears.
 *
 * What it answers: a fixed list for an event (`on`), else an order in the event itself:
 *   HELO tempfail.example, MAIL FROM:<reject@…>, RCPT TO:<quarantine@…>, header `X-Order: [["add-header","A","b"]]`
 * (at the end of the content), `X-Now: ["reject"]` (at that header), `X-Body: ["reject"]` (at the first body chunk),
 * `X-Eoh: […]` (at the end of the header). The format of the wire is written here a second time, on purpose.
 */
import net from 'node:net';

const commands = {
  A: 'abort', B: 'body', C: 'connect', D: 'macro', E: 'end-of-body', H: 'helo', K: 'quit-new',
  L: 'header', M: 'mail', N: 'end-of-header', O: 'negotiate', Q: 'quit', R: 'rcpt', T: 'data', U: 'unknown',
}; // biome-ignore format: a table

const simple = {
  continue: 'c', accept: 'a', reject: 'r', tempfail: 't', discard: 'd', shutdown: '4', skip: 's', progress: 'p',
  'connection-failed': 'f',
}; // biome-ignore format: a table

const stages = ['connect', 'helo', 'mail', 'rcpt', 'data', 'end-of-body', 'end-of-header'];

const cstring = (text) => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from([0])]);
const number = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

function packet(letter, ...parts) {
  const data = Buffer.concat([Buffer.from(letter, 'latin1'), ...parts]);
  return Buffer.concat([number(data.length), data]);
}

/** One answer as bytes: a word, or [word, …arguments]. */
function answer(given) {
  const [word, ...rest] = Array.isArray(given) ? given : [given];
  if (simple[word] !== undefined) return packet(simple[word]);
  switch (word) {
    case 'reply':
      return packet('y', cstring(rest[0]));
    case 'quarantine':
      return packet('q', cstring(rest[0] ?? 'told to'));
    case 'add-header':
      return packet('h', cstring(rest[0]), cstring(rest[1]));
    case 'insert-header':
      return packet('i', number(rest[0]), cstring(rest[1]), cstring(rest[2]));
    case 'change-header':
      return packet('m', number(rest[0]), cstring(rest[1]), cstring(rest[2]));
    case 'replace-body':
      return packet('b', Buffer.from(rest[0], 'latin1'));
    case 'change-sender':
      return packet('e', ...rest.map(cstring));
    case 'add-recipient':
      return rest.length > 1 ? packet('2', ...rest.map(cstring)) : packet('+', cstring(rest[0]));
    case 'delete-recipient':
      return packet('-', cstring(rest[0]));
    case 'raw':
      return Buffer.from(rest[0], 'latin1');
    default:
      throw new Error(`unknown answer ${JSON.stringify(given)}`);
  }
}

/** Answers that settle an event; all others are followed by `continue`. */
const final = new Set([
  'continue',
  'accept',
  'reject',
  'tempfail',
  'discard',
  'shutdown',
  'skip',
  'reply',
  'raw',
  'connection-failed',
]);

export class ScriptedMilter {
  /** What was heard on each connection, a line each, in the order in which they came. */
  sessions = [];
  #server;
  #sockets = new Set();
  #options;

  /**
   * @param {{ version?: number, actions?: number, protocol?: number | ((offered: number) => number), symbols?: Record<string, string>,
   *   on?: Record<string, unknown[]>, delay?: Record<string, number> }} options
   *   on: answers by event (or a function of its text), instead of orders in the event; 'close' hangs up, 'silence' says nothing
   */
  constructor(options = {}) {
    this.#options = {
      version: 6,
      actions: 0x1ff,
      protocol: 0,
      symbols: {},
      on: {},
      delay: {},
      ...options,
    };
    this.#server = net.createServer((socket) => this.#serve(socket));
  }

  /** @param where a port, or the path of a socket */
  listen(where) {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      if (typeof where === 'string') this.#server.listen(where, () => resolve(this));
      else this.#server.listen(where, '127.0.0.1', () => resolve(this));
    });
  }

  get port() {
    return this.#server.address().port;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket) {
    this.#sockets.add(socket);
    const session = { macros: '', orders: [], body: [], eoh: [], bodyLength: 0 };
    const heard = [];
    this.sessions.push(heard);
    session.heard = heard;
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
    });
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 4 + rest.readUInt32BE(0)) {
        const end = 4 + rest.readUInt32BE(0);
        this.#event(socket, session, rest.toString('latin1', 4, 5), rest.subarray(5, end));
        rest = rest.subarray(end);
      }
    });
  }

  #event(socket, session, letter, data) {
    const name = commands[letter] ?? `?${letter}`;
    const text = data.toString('latin1');
    const words = text.split('\0').slice(0, -1);
    const { on, version, actions, protocol, symbols, delay } = this.#options;
    if (name === 'macro') {
      const [first = '', ...others] = words;
      const pairs = [];
      const all = [first.slice(1), ...others];
      for (let index = 0; index + 1 < all.length; index += 2)
        pairs.push(`${all[index]}=${all[index + 1]}`);
      session.macros = ` {${commands[first[0]] ?? first[0]}: ${pairs.join(', ')}}`;
      return;
    }
    if (name === 'negotiate') {
      const offered = data.readUInt32BE(8);
      session.heard.push(
        `negotiate ${data.readUInt32BE(0)} ${data.readUInt32BE(4).toString(16)} ${offered.toString(16)}`,
      );
      const wanted = typeof protocol === 'function' ? protocol(offered) : protocol;
      const lists = Object.entries(symbols).flatMap(([stage, list]) => [
        number(stages.indexOf(stage)),
        cstring(list),
      ]);
      if (on.negotiate) this.#say(socket, on.negotiate);
      else
        socket.write(
          packet(
            'O',
            number(Math.min(version, data.readUInt32BE(0))),
            number(actions & data.readUInt32BE(4)),
            number(wanted),
            ...lists,
          ),
        );
      return;
    }
    session.heard.push(`${name} ${describe(name, data, words)}${session.macros}`);
    session.macros = '';
    if (name === 'quit') socket.end();
    if (name === 'abort' || name === 'quit' || name === 'quit-new') {
      session.orders = [];
      session.body = [];
      session.eoh = [];
      return;
    }
    const given = typeof on[name] === 'function' ? on[name](text) : on[name];
    const answers = given ?? orders(name, words, session);
    const noReply = {
      connect: 0x1000,
      helo: 0x2000,
      mail: 0x4000,
      rcpt: 0x8000,
      data: 0x10000,
      unknown: 0x20000,
      header: 0x80,
      'end-of-header': 0x40000,
      body: 0x80000,
    };
    const agreed = typeof protocol === 'number' ? protocol : 0;
    if ((agreed & (noReply[name] ?? 0)) !== 0) return;
    const wait = delay[name];
    if (wait === undefined) this.#say(socket, answers);
    else setTimeout(() => this.#say(socket, answers), wait);
  }

  #say(socket, answers) {
    for (const given of answers) {
      if (given === 'silence') return;
      if (given === 'close') {
        socket.destroy();
        return;
      }
      socket.write(answer(given));
    }
    const last = answers.at(-1);
    const word = Array.isArray(last) ? last[0] : last;
    if (!final.has(word)) socket.write(packet('c'));
  }
}

/** What the event itself asks for. */
function orders(name, words, session) {
  if (name === 'header') {
    const [label, value] = words;
    const list = { 'x-order': session.orders, 'x-body': session.body, 'x-eoh': session.eoh }[
      label.toLowerCase()
    ];
    if (list) list.push(...JSON.parse(value.trim()));
    if (label.toLowerCase() === 'x-now') return JSON.parse(value.trim());
    return [];
  }
  if (name === 'end-of-header') return session.eoh.splice(0);
  if (name === 'body') return session.body.splice(0);
  if (name === 'end-of-body') return session.orders.splice(0);
  const word = /^<?([\w.-]*)/.exec(words[0] ?? '')?.[1] ?? '';
  const first = name === 'unknown' ? (/^\w+ (\S+)/.exec(words[0] ?? '')?.[1] ?? '') : word;
  if (first.startsWith('reply.')) {
    const [, code, enhanced, text] = /^reply\.(\d+)\.(\d\.\d\.\d)\.?([^@]*)/.exec(first) ?? [];
    return [['reply', `${code} ${enhanced} ${text}`]];
  }
  const plain = first.split('.')[0];
  return simple[plain] !== undefined || plain === 'quarantine' || plain === 'close' ? [plain] : [];
}

function describe(name, data, words) {
  if (name === 'connect') {
    const host = words[0];
    const family = data.toString('latin1', host.length + 1, host.length + 2);
    const port = family === 'U' ? 0 : data.readUInt16BE(host.length + 2);
    const address =
      family === 'U' ? '' : data.toString('latin1', host.length + 4).replace(/\0$/, '');
    return `${host} ${family} ${port > 0 ? 'PORT' : port} ${address}`;
  }
  if (name === 'body' || name === 'end-of-body')
    return data.length > 200 ? `(${data.length} bytes)` : JSON.stringify(data.toString('latin1'));
  return words.map((word) => JSON.stringify(word)).join(' ');
}
