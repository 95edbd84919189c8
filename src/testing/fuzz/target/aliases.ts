/** target/aliases - right-hand sides of aliases, .forward and :include: files; arguments of pipe(8). */
import { AttributeError, parseAttributes } from '../../../daemon/pipe/attributes.js';
import { parseTargetFile, parseTargets } from '../../../daemon/local/targets.js';
import { declared, type FuzzTarget, must } from '../target.js';

export const aliases: FuzzTarget = {
  name: 'aliases',
  seeds: [
    'joe, "|/usr/bin/cmd -a \'b c\'", /var/mail/x, :include:/etc/list, \\root, ~/box, Name <a@b>, g:x,y;\n',
    '# c\n"|cmd, a"\n|"cmd b"\n":include: /x"\na@b (c) "d e"@f\n',
  ],
  words: [
    '"',
    '|',
    '/',
    ':include:',
    '\\',
    ',',
    ';',
    '<',
    '>',
    '<>',
    '@',
    '(',
    ')',
    ' ',
    '\n',
    '#',
    '~/',
    '"|x"',
  ],
  start() {
    return (input) => {
      const text = input.toString();
      const parsed = text.length % 2 === 0 ? parseTargets(text) : parseTargetFile(text);
      for (const target of parsed) {
        const shown =
          target.is === 'address'
            ? target.address
            : target.is === 'command'
              ? target.command
              : target.path;
        must(shown.length <= text.length + 1, 'a target longer than the text');
        if (target.is === 'file') must(target.path.startsWith('/'), 'a file without its slash');
      }
      const words = text.split(' ').slice(0, 50);
      declared([AttributeError], () => parseAttributes(words));
    };
  },
};
