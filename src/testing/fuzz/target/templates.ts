/** target/templates - keys of strangers in queries for databases, in LDAP filters, and in commands of pipe(8). */
import { expandArguments, MacroError } from '../../../daemon/pipe/macros.js';
import { parseLdapUrl, quoteDn, quoteFilter } from '../../../lib/dict/client/ldap-quote.js';
import { parseOptions } from '../../../lib/dict/client/mysql-options.js';
import {
  fillQuery,
  fillResult,
  needsOf,
  parseTemplate,
  templateKey,
} from '../../../lib/dict/client/template.js';
import { TableError } from '../../../lib/dict/type.js';
import { localClient } from '../../../lib/ipc/envelope.js';
import { declared, type FuzzTarget, must, mustBeUnpolluted } from '../target.js';

export const templates: FuzzTarget = {
  name: 'templates',
  seeds: [
    "SELECT a FROM b WHERE c='%s' AND d='%u@%d' AND '%1%2' %%\x01user@mail.example.test\x01%s %u",
    '(&(mail=%s)(o=%D))\x01a*b)(c@x\\y\x01%S',
    '-f ${sender} -- ${recipient} $user ${constructor} $$\x01a b@c\x01%d',
    'ldap://h/dc=a,dc=b?x,y?sub?(a=b)\x01k\x01%s',
    '[client]\nuser = "x"\npassword=y # c\n!include /z\n\x01\x01',
  ],
  words: [
    '%s',
    '%u',
    '%d',
    '%S',
    '%U',
    '%D',
    '%1',
    '%9',
    '%%',
    "'",
    '"',
    '\\',
    '(',
    ')',
    '*',
    '\0',
    '@',
    '.',
    '\x01',
    '${',
    '}',
    '$',
    'recipient',
    'constructor',
    '__proto__',
    '?',
    '%2',
    '%zz',
    '[client]\n',
  ],
  start() {
    return (input) => {
      const [query = '', key = '', result = ''] = input
        .toString()
        .split('\x01')
        .map((text) => text.slice(0, 10_000));
      const made = declared([TableError], () => ({
        query: parseTemplate(query, 'query', 't'),
        result: parseTemplate(result, 'result', 't'),
      }));
      if (made) {
        const needs = needsOf([made.query], made.result);
        const parts = templateKey(key, needs);
        if (parts) {
          const filter = fillQuery(made.query, parts, quoteFilter);
          must(
            filter.length <= (query.length + 1) * (3 * key.length + 3),
            'the query is out of bounds',
          );
          const value = fillResult(made.result, needs, parts, key);
          must(
            (value?.length ?? 0) <= (result.length + 1) * (key.length + 3),
            'the result is out of bounds',
          );
        }
      }
      must(
        !/(?<!\\)[()*\0]/.test(quoteFilter(key).replace(/\\[0-9a-f]{2}/g, '')),
        'a key changes the filter',
      );
      must(!quoteDn(key).includes('\0'), 'a NUL in a name');
      const url = parseLdapUrl(query);
      if (url) must(['base', 'one', 'sub'].includes(url.scope), () => `a scope of ${url.scope}`);
      declared([TableError, Error], () => parseOptions(query, new Set(['client']), {}, 1000));
      pipeArguments(query, key);
      mustBeUnpolluted();
    };
  },
};

function pipeArguments(argument: string, address: string): void {
  const recipient = { address, original: address, dsnNotify: 0, index: 0 };
  const request = {
    queueId: 'QID',
    transport: 'pipe',
    nexthop: 'hop',
    envelope: {
      sender: 'a b@c',
      arrival: 0,
      client: localClient,
      bodyType: '',
      smtputf8: false,
      dsnRet: '',
      dsnEnvid: '',
      contentFilter: '',
      redirectTo: '',
      kind: 'mail',
    },
    recipients: [recipient],
    size: 1,
  };
  const words = declared([MacroError], () =>
    expandArguments(
      { argv: argument.split(' ').slice(0, 20), flags: new Set(['q'] as const), nullSender: 'x' },
      request as never,
      '+',
    ),
  );
  for (const word of words ?? [])
    must(!word.includes('[object'), () => `an argument became: ${word.slice(0, 100)}`);
}
