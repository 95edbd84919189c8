/** target/master-cf - the lines of master.cf. */
import { parseMasterCf } from '../../../lib/config/master-cf.js';
import { FatalError } from '../../../lib/util/fatal-error.js';
import { declared, type FuzzTarget, must, mustBeUnpolluted } from '../target.js';

export const masterCf: FuzzTarget = {
  name: 'master-cf',
  seeds: [
    'smtp inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes -o { a = b c }\n# x\npickup unix n - - 60? 1 pickup\n',
    'maildrop unix - n n - - pipe flags=DRXhu user=vmail argv=/usr/bin/maildrop -o x -d ${recipient} { a b }\n',
  ],
  words: [
    '\n',
    '\n ',
    '-o ',
    '{',
    '}',
    ' ',
    '=',
    '-',
    'inet',
    'unix',
    'y',
    'n',
    '?',
    'pipe',
    'argv=',
    '#',
    '__proto__=x',
  ],
  start() {
    return (input) => {
      const text = input.toString();
      const services = declared([FatalError], () => parseMasterCf(text, 'master.cf'));
      for (const service of services ?? []) {
        must(service.fields.length >= 8 && service.name !== '', 'a service without its columns');
        must(Number.isSafeInteger(service.wakeup), 'wakeup is no number');
        for (const name of service.overrides.keys()) must(!/[\s=]/.test(name), 'a bad name in -o');
      }
      mustBeUnpolluted();
    };
  },
};
