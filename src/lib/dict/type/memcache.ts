/**
 * dict/type/memcache - `memcache:/etc/postfix/cache.cf`: a memcached in front of another table, or alone.
 *
 * What the backup knows is put into the cache. A key that memcached cannot have (blanks, controls, over 250 bytes) is
 * asked of the backup only, so that no key can carry a command. Standard: memcache_table(5), memcached's protocol.txt.
 */
import { errnoText } from '../../util/errno-text.js';
import { createDomainCheck } from '../client/domains.js';
import { clientFile, readClientSettings } from '../client/settings.js';
import { parseServer } from '../client/sql.js';
import { fillQuery, needsOf, parseTemplate, templateKey } from '../client/template.js';
import type { LookupResult } from '../dict.js';
import { foldKey } from '../fold.js';
import { type ServerAddress, ServerConnection } from '../net/connection.js';
import { type DictType, TableError } from '../type.js';

const notFound: LookupResult = { is: 'not-found' };

export const memcache: DictType = {
  name: 'memcache',
  file: clientFile,
  open(name, context) {
    const settings = readClientSettings('memcache', name, context);
    const format = parseTemplate(settings.text('key_format', '%s'), 'query', settings.table);
    const needs = needsOf([format], { parts: [] });
    const isOurs = createDomainCheck(settings.text('domain'), context);
    const limits = {
      data: settings.number('data_size_limit', 10_240, 1),
      line: settings.number('line_size_limit', 1024, 1),
    };
    const store = `${settings.number('flags', 0)} ${settings.number('ttl', 3600)}`;
    const tries = settings.number('max_try', 2, 1);
    const pauseMs = settings.number('retry_pause', 1, 1) * 1000;
    const connection = new ServerConnection({
      address: parseAddress(settings.text('memcache', 'inet:localhost:11211'), settings.table),
      maxAnswer: limits.data + 2 * limits.line + 16,
      timeoutMs: settings.number('timeout', 2, 1) * 1000,
      takeAnswer: (bytes) => takeAnswer(bytes, limits),
    });
    const backup = settings.text('backup');
    const table = backup === '' ? undefined : context.open(backup);

    const ask = async (question: string): Promise<string> => {
      for (let left = tries; ; left -= 1) {
        try {
          return await connection.ask(Buffer.from(question));
        } catch (error) {
          const isRefused = (error as NodeJS.ErrnoException).syscall === 'connect';
          if (isRefused || left <= 1) throw error;
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      }
    };
    const cached = async (key: string): Promise<LookupResult> => {
      try {
        const answer = await ask(`get ${key}\r\n`);
        return answer === '' ? notFound : { is: 'found', value: answer.slice(1) };
      } catch (error) {
        const reason = errnoText(error);
        context.log.warning(`${settings.table}: ${reason}`);
        return { is: 'error', reason };
      }
    };
    const keep = async (key: string, value: string): Promise<void> => {
      const size = Buffer.byteLength(value);
      if (size > limits.data) return;
      try {
        await ask(`set ${key} ${store} ${size}\r\n${value}\r\n`);
      } catch (error) {
        context.log.warning(`${settings.table}: update: ${errnoText(error)}`);
      }
    };

    return {
      name: settings.table,
      isPattern: false,
      async lookup(given) {
        const key = context.fold ? foldKey(given) : given;
        const ours = await isOurs(key);
        if (typeof ours === 'string') return { is: 'error', reason: ours };
        const parts = ours ? templateKey(key, needs) : undefined;
        if (!parts) return notFound;
        const cacheKey = fillQuery(format, parts, (text) => text);
        const isPossible = /^[^\0-\x20\x7f]+$/.test(cacheKey) && Buffer.byteLength(cacheKey) <= 250;
        const result = isPossible ? await cached(cacheKey) : notFound;
        if (result.is === 'found' || !table) return result;
        const known = await table.lookup(key);
        if (known.is === 'found' && isPossible && result.is === 'not-found')
          await keep(cacheKey, known.value);
        return known;
      },
      close: () => connection.close(),
    };
  },
};

/** @throws {TableError} */
function parseAddress(text: string, table: string): ServerAddress {
  const { host, port, path } = parseServer(text);
  if (path !== undefined) return { path };
  if (!/^inet:/.test(text) || host === undefined)
    throw new TableError(`${table}: memcache = ${text}: write inet:host:port or unix:path`);
  return { host, port: port ?? 11_211 };
}

const end = Buffer.from('END\r\n');

/** '': no such key, or stored; else `=` and the value. @throws {Error} not the protocol, or trouble */
export function takeAnswer(
  bytes: Buffer,
  limits: { readonly data: number; readonly line: number },
): { answer: string; size: number } | undefined {
  const eol = bytes.indexOf('\r\n');
  if (eol < 0 ? bytes.length > limits.line : eol > limits.line)
    throw new Error('the answer is too long');
  if (eol < 0) return undefined;
  const line = bytes.toString('utf8', 0, eol);
  if (line === 'END' || line === 'STORED') return { answer: '', size: eol + 2 };
  const size = Number(/^VALUE \S+ \d+ (\d{1,9})(?: \d+)?$/.exec(line)?.[1] ?? -1);
  if (size < 0) throw new Error(`bad reply of the server: ${line}`);
  if (size > limits.data) throw new Error('the value is longer than data_size_limit');
  const start = eol + 2;
  const whole = start + size + 2 + end.length;
  if (bytes.length < whole) return undefined;
  if (!bytes.subarray(start + size + 2, whole).equals(end))
    throw new Error('bad reply of the server');
  return { answer: `=${bytes.toString('utf8', start, start + size)}`, size: whole };
}
