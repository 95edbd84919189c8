/** target/main-cf - main.cf: its lines, the values of parameters, and what `$name` in them expands to. */
import { ExpandError, expand } from '../../../lib/config/expand.js';
import { parseMainCf } from '../../../lib/config/main-cf.js';
import { checkValues, createSettings, type RawValue } from '../../../lib/config/values.js';
import { FatalError } from '../../../lib/util/fatal-error.js';
import { declared, type FuzzTarget, must, mustBeUnpolluted } from '../target.js';

export const mainCf: FuzzTarget = {
  name: 'main-cf',
  seeds: [
    'myhostname = mail.example.test\nmynetworks = 127.0.0.0/8,\n # c\n\t[::1]/128\nsmtpd_timeout = ${stress?{10}:{300}}s\n',
    'a = ${b?{${c:{x}}}:{y}}\nb = $c\nc = ${{$a} == {x} ? {1} : {2}}\nx=${domain_to_ascii{\xc3\xa4.test}}\n',
    '__proto__ = x\nconstructor = $toString\ntoString = ${constructor?y}\n',
    'smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access inline:{ a = b, {c = d e} }\n',
    'default_transport_rate_delay=1h\nmessage_size_limit=10240000\ncompatibility_level=3.6\n',
  ],
  words: [
    '\n',
    '\n ',
    '=',
    ' = ',
    '$',
    '${',
    '}',
    '{',
    '(',
    ')',
    '?',
    ':',
    '#',
    '$$',
    '${a?{',
    '}:{',
    '== {',
    'level',
    'domain_to_ascii{',
    'myhostname',
    'mynetworks',
    'smtpd_timeout',
    'stress',
    '__proto__',
    'constructor',
    '$a',
    '${b}',
    'a = $b$b\n',
    'b = $c$c\n',
    's',
    'd',
    'yes',
    '\0',
  ],
  start() {
    return (input) => {
      const text = input.toString();
      const file = declared([FatalError], () => parseMainCf(text, 'main.cf'));
      if (!file) return;
      const given = new Map<string, RawValue>();
      for (const { name, value, line } of file.entries.values()) {
        must(name !== '' && !/\s/.test(name), 'a name with blanks');
        given.set(name, { value, origin: `main.cf line ${line}` });
      }
      const settings = createSettings([given]);
      let budget = 50;
      for (const problem of checkValues(settings, given.keys())) {
        must(
          !/is not a function|undefined|Cannot read|Invalid regular|Maximum call/.test(problem),
          () => `a problem of our own: ${problem.slice(-150)}`,
        );
        if ((budget -= 1) < 0) break;
      }
      const expanded = declared([ExpandError], () =>
        expand(text, (name) => given.get(name)?.value),
      );
      must((expanded?.length ?? 0) <= 1_200_000, 'the expanded text is out of bounds');
      mustBeUnpolluted();
    };
  },
};
