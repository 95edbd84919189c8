/** target/table-servers - answers of socketmap:, tcp: and memcache: servers, in pieces. */
import { takeAnswer as takeMemcache } from '../../../lib/dict/type/memcache.js';
import { parseAnswer as parseSocketmap, takeNetstring } from '../../../lib/dict/type/socketmap.js';
import { parseAnswer as parseTcp } from '../../../lib/dict/type/tcp.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must } from '../target.js';

export const tableServers: FuzzTarget = {
  name: 'table-servers',
  seeds: [
    '\x0010:OK value x,',
    '\x009:NOTFOUND ,',
    '\x01200 a%20b',
    '\x01500 no',
    '\x01400 %',
    '\x02VALUE k 0 5\r\nhello\r\nEND\r\n',
    '\x02END\r\n',
    '\x02STORED\r\n',
  ],
  words: [
    ':',
    ',',
    '\r\n',
    ' ',
    '%20',
    '%',
    '%zz',
    'OK ',
    'PERM ',
    'VALUE ',
    'END\r\n',
    '200 ',
    '99999',
    '0:,',
  ],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const kind = choices.below(3);
      const bytes = choices.rest();
      if (kind === 1) {
        const found = inProtocol(() => parseTcp(bytes.toString()));
        if (found?.is === 'found') must(found.value.length <= bytes.length, 'a value has grown');
        return;
      }
      const take = (given: Buffer) =>
        kind === 0 ? takeNetstring(given) : takeMemcache(given, { data: 10_240, line: 1024 });
      const taken = inProtocol(() => take(bytes));
      if (!taken) return;
      must(taken.size <= bytes.length, 'more was taken than came');
      for (const length of [0, 1, taken.size >> 1, taken.size - 1])
        must(inProtocol(() => take(bytes.subarray(0, length))) === undefined, 'a part was taken');
      if (kind === 0) inProtocol(() => parseSocketmap(taken.answer));
    };
  },
};

function inProtocol<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) return undefined;
    throw error;
  }
}
