/** dict/type/tcp - `tcp:host:port`: a table server that takes lines. Standard: tcp_table(5). */
import { errnoText } from '../../util/errno-text.js';
import type { LookupResult } from '../dict.js';
import { foldKey } from '../fold.js';
import { ServerConnection } from '../net/connection.js';
import { type DictType, TableError } from '../type.js';

const maxLine = 4096;

export const tcp: DictType = {
  name: 'tcp',
  open(name, { fold, log }) {
    const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(name);
    if (!match) throw new TableError(`tcp:${name}: write tcp:host:port`);
    const connection = new ServerConnection({
      address: { host: match[1] ?? (match[2] || 'localhost'), port: Number(match[3]) },
      maxAnswer: maxLine,
      takeAnswer(bytes) {
        const end = bytes.indexOf(0x0a);
        return end < 0 ? undefined : { answer: bytes.toString('utf8', 0, end), size: end + 1 };
      },
    });
    return {
      name: `tcp:${name}`,
      isPattern: false,
      async lookup(key) {
        try {
          const question = `get ${encode(fold ? foldKey(key) : key)}\n`;
          return parseAnswer(await connection.ask(Buffer.from(question)));
        } catch (error) {
          const reason = errnoText(error);
          log.warning(`read TCP map reply from ${name}: ${reason}`);
          return { is: 'error', reason };
        }
      },
      close: () => connection.close(),
    };
  },
};

/** `%`, white space and controls as `%XX`. */
function encode(text: string): string {
  return text.replace(
    /[\0-\x20%\x7f]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function decode(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (codes) =>
    Buffer.from(codes.replaceAll('%', ''), 'hex').toString(),
  );
}

/** @throws {Error} not the protocol */
export function parseAnswer(answer: string): LookupResult {
  const [, code, text = ''] = /^([245]00)(?: (.*))?$/s.exec(answer.replace(/\r$/, '')) ?? [];
  switch (code ?? '') {
    case '200':
      return { is: 'found', value: decode(text) };
    case '500':
      return { is: 'not-found' };
    case '400':
      return { is: 'error', reason: decode(text) || 'the table server is in trouble' };
    default:
      throw new Error('bad reply of the table server');
  }
}
