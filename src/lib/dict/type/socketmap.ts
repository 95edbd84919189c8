/**
 * dict/type/socketmap - `socketmap:inet:host:port:name`, `socketmap:unix:path:name`: a table server that takes
 * netstrings. Standard: socketmap_table(5).
 */
import { errnoText } from '../../util/errno-text.js';
import type { LookupResult } from '../dict.js';
import { foldKey } from '../fold.js';
import { type ServerAddress, ServerConnection } from '../net/connection.js';
import { type DictType, TableError } from '../type.js';

const maxReply = 100_000; // socketmap_max_reply_size

export const socketmap: DictType = {
  name: 'socketmap',
  open(name, { fold, log }) {
    const { address, table } = parseName(name);
    const connection = new ServerConnection({
      address,
      maxAnswer: maxReply + 16,
      takeAnswer: takeNetstring,
    });
    return {
      name: `socketmap:${name}`,
      isPattern: false,
      async lookup(key) {
        try {
          const question = Buffer.from(`${table} ${fold ? foldKey(key) : key}`);
          const framed = Buffer.concat([
            Buffer.from(`${question.length}:`),
            question,
            Buffer.from(','),
          ]);
          return parseAnswer(await connection.ask(framed));
        } catch (error) {
          const reason = errnoText(error);
          log.warning(`table socketmap:${name} lookup error: ${reason}`);
          return { is: 'error', reason };
        }
      },
      close: () => connection.close(),
    };
  },
};

function parseName(name: string): { readonly address: ServerAddress; readonly table: string } {
  const inet = /^inet:(?:\[([^\]]+)\]|([^:]*)):(\d+):(.+)$/.exec(name);
  if (inet) {
    const host = inet[1] ?? (inet[2] || 'localhost');
    return { address: { host, port: Number(inet[3]) }, table: inet[4] ?? '' };
  }
  const unix = /^unix:(.+):([^:]+)$/.exec(name);
  if (unix) return { address: { path: unix[1] ?? '' }, table: unix[2] ?? '' };
  throw new TableError('socketmap requires server:socketmap argument');
}

/** One whole answer off the front; undefined: more is needed. @throws {Error} not the protocol */
export function takeNetstring(bytes: Buffer): { answer: string; size: number } | undefined {
  const colon = bytes.subarray(0, 8).indexOf(0x3a);
  if (colon < 0) {
    if (bytes.length >= 8) throw new Error('bad netstring');
    return undefined;
  }
  const digits = bytes.toString('latin1', 0, colon);
  if (!/^\d+$/.test(digits) || Number(digits) > maxReply) throw new Error('bad netstring length');
  const end = colon + 1 + Number(digits);
  if (bytes.length <= end) return undefined;
  if (bytes[end] !== 0x2c) throw new Error('netstring without comma');
  return { answer: bytes.toString('utf8', colon + 1, end), size: end + 1 };
}

/** @throws {Error} not the protocol */
export function parseAnswer(answer: string): LookupResult {
  const blank = answer.indexOf(' ');
  const status = blank < 0 ? answer : answer.slice(0, blank);
  const text = blank < 0 ? '' : answer.slice(blank + 1);
  switch (status) {
    case 'OK':
      return { is: 'found', value: text };
    case 'NOTFOUND':
      return { is: 'not-found' };
    case 'TEMP':
    case 'TIMEOUT':
    case 'PERM':
      return { is: 'error', reason: `${status} ${text}`.trim() };
    default:
      throw new Error('bad reply of the table server');
  }
}
