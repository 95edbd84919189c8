/**
 * run-rewriting - addresses put to Debian's trivial-rewrite through its socket and to ours in this process: the form
 * that each gives them as one of our own and as a stranger's, and transport, next hop, recipient and class.
 */
import { spawnSync } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { checkout, innerServices } from '../support/servers.js';
import { addresses } from './rewriting/addresses.js';
import { variants } from './rewriting/variants.js';

/** Flags of a route: mail_proto.h has no page of its own; seen by asking. */
const classes = {
  256: 'local',
  512: 'virtual-alias',
  1024: 'virtual-mailbox',
  2048: 'relay',
  4096: 'default',
};
const [routedFlag, badFlag, failFlag] = [2, 4, 8];

export async function rewritingCases({ report, reference, tested, options, progress }) {
  const wanted = variants.filter(({ name }) => `rewriting/${name}`.includes(options.only));
  if (wanted.length === 0) return;
  await reference.stop();
  const { quote, rewriterOf } = await ourModules();
  for (const variant of wanted) {
    const configuration = {
      main: variant.main,
      files: variant.files ?? {},
      master: innerServices,
    };
    await reference.configure(configuration);
    await tested.configure(configuration);
    const isUp = reference.masterPid() !== undefined;
    await command(reference, isUp ? 'reload' : 'start');
    const theirs = new RewriteSocket(path.join(reference.directory, 'spool/private/rewrite'));
    const rewriter = options.self ? undefined : rewriterOf(tested.etc);
    const before = report.unexpected.length;
    let number = 0;
    for (const question of questionsOf(variant)) {
      const name = `rewriting/${variant.name}: ${nameOf(question)}`;
      // Debian's rewrites the external form, and resolves the internal one.
      const isRewrite = question.request === 'rewrite';
      const put = isRewrite
        ? { ...question, address: external(question.address, quote) }
        : question;
      const left = await theirs.ask(put);
      const right = rewriter === undefined ? left : await rewriter.ask(question);
      report.settle(
        'rewriting',
        name,
        left === right ? [] : [{ at: question.request, postfix: left, ours: right }],
      );
      number += 1;
    }
    theirs.close();
    rewriter?.close();
    const failed = report.unexpected.length - before;
    progress(
      `rewriting/${variant.name}: ${number} answers${failed > 0 ? `, ${failed} differ` : ''}`,
    );
  }
}

function* questionsOf({ senders = ['a@example.test'] }) {
  for (const address of addresses) {
    for (const rule of ['local', 'remote']) yield { request: 'rewrite', rule, address };
    for (const sender of senders) yield { request: 'resolve', sender, address };
  }
}

/** A source route is none any more within quotes. */
function external(address, quote) {
  return /^@[^:]*:/.test(address) ? address : quote(address);
}

function nameOf({ request, rule, sender, address }) {
  return request === 'rewrite' ? `${address} (${rule})` : `${address} from <${sender}>`;
}

async function command(instance, what) {
  const result = await instance.run('postfix', ['-c', instance.etc, what]);
  if (result.status !== 0)
    throw new Error(`${instance.name}: postfix ${what}: ${result.status}: ${result.stderr}`);
}

/** Debian's: attributes are `name NUL value NUL`, and a NUL ends them. */
class RewriteSocket {
  #file;
  #socket;
  #text = '';
  #wake = () => undefined;

  constructor(file) {
    this.#file = file;
  }

  async ask(question) {
    // The server ends a connection that it has had long enough: the question is put again on a new one.
    for (let round = 0; round < 3; round += 1) {
      const answer = await this.#attempt(question);
      if (answer !== undefined) return describe(question, answer);
    }
    return 'no answer';
  }

  async #attempt(question) {
    if (this.#socket === undefined && !(await this.#connect())) return undefined;
    const text = Object.entries(question).map(([name, value]) => `${name}\0${value}\0`);
    this.#socket.write(`${text.join('')}\0`, 'latin1');
    return this.#answer();
  }

  async #connect() {
    for (let waited = 0; waited < 100; waited += 1) {
      const socket = await connected(this.#file);
      if (socket !== undefined) {
        this.#text = '';
        this.#socket = socket.setEncoding('latin1');
        socket.on('data', (chunk) => {
          this.#text += chunk;
          this.#wake();
        });
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#socket = undefined;
          this.#wake();
        });
        return (await this.#answer()) !== undefined; // the protocol's name
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  }

  /** Values of one answer in order; undefined: the connection ended or stays silent. */
  async #answer() {
    const end = Date.now() + 20_000;
    for (;;) {
      const stop = this.#text.indexOf('\0\0') + 1;
      const last = endOf(this.#text);
      if (stop > 0 && last !== undefined) {
        const fields = this.#text.slice(0, last).split('\0');
        this.#text = this.#text.slice(last + 1);
        return fields.filter((_, index) => index % 2 === 1);
      }
      if (this.#socket === undefined || Date.now() > end) return undefined;
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close() {
    this.#socket?.destroy();
  }
}

/** Where the NUL stands that ends the attributes: a name is never empty, a value may be. */
function endOf(text) {
  for (let at = 0; ; ) {
    const name = text.indexOf('\0', at);
    if (name < 0) return undefined;
    if (name === at) return at;
    const value = text.indexOf('\0', name + 1);
    if (value < 0) return undefined;
    at = value + 1;
  }
}

function connected(file) {
  return new Promise((resolve) => {
    const socket = net.connect(file);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function describe({ request }, [, ...values]) {
  if (request === 'rewrite') return values[0];
  const [transport, nexthop, recipient, flags] = values;
  const bits = Number(flags);
  if ((bits & failFlag) !== 0) return 'try again';
  if ((bits & badFlag) !== 0) return 'bad address';
  const word = Object.entries(classes).find(([bit]) => (bits & Number(bit)) !== 0)?.[1];
  return routeText({
    transport,
    nexthop,
    recipient,
    addressClass: word,
    routed: (bits & routedFlag) !== 0,
  });
}

function routeText({ transport, nexthop, recipient, addressClass, routed }) {
  return `${transport}:${nexthop} for ${recipient}, ${addressClass}${routed ? ', routed' : ''}`;
}

/** The modules that serve, built as the unit tests have them. */
async function ourModules() {
  const built = spawnSync(process.execPath, ['tools/build.js', '--tests'], {
    cwd: checkout,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`tools/build.js --tests: ${built.stderr}`);
  const from = (file) => import(path.join(checkout, 'build', file));
  const { loadMainCf } = await from('lib/config/load.js');
  const { createDictOpener } = await from('lib/dict/open.js');
  const { createRewrite } = await from('daemon/trivial-rewrite/main.js');
  const { memoryLog } = await from('testing/memory-log.js');
  const { quoteAddress } = await from('lib/protocol/address/quote.js');
  const rewriterOf = (etc) => {
    const { settings } = loadMainCf(etc);
    const log = memoryLog();
    const dicts = createDictOpener({ log, defaultType: settings.default_database_type });
    const rewrite = createRewrite({ settings, log, dicts });
    return {
      async ask({ request, rule, sender, address }) {
        if (request === 'rewrite') return quoteAddress(rewrite.rewrite(address, rule));
        const route = await rewrite.resolve(address, sender);
        if (route.is === 'route') return routeText({ routed: false, ...route });
        return route.is === 'try-again' ? 'try again' : 'bad address';
      },
      close: () => dicts.close(),
    };
  };
  return { quote: quoteAddress, rewriterOf };
}
