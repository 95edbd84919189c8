/**
 * NAME
 *   postmap - make and query lookup tables
 *
 * SYNOPSIS
 *   postmap [-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [file_type:]file_name ...
 *
 * DESCRIPTION
 *   Makes a table file (`hash:/etc/postfix/virtual` becomes /etc/postfix/virtual.db) from a text of lines
 *   "key whitespace value". The new file takes the place of the old one at once.
 *
 *   -q key   look the key up and print its value; "-q -" takes keys from standard input
 *   -s       print all entries           -d key   remove a key; "-d -" takes keys from standard input
 *   -i       add the entries of standard input
 *   -r       replace existing entries    -w       leave existing entries, without a warning
 *   -f       do not fold keys to lower case
 *   -n, -N   without, with a final NUL   -p       mode 0644 instead of that of the source
 *   -o       stay root when the source belongs to another user
 *   -u       keys and values need not be UTF-8
 *   -F       values are names of files, whose content is kept in base64
 *   -h, -b   with "-q -": standard input is a message; its headers, or its body lines, are the keys (-m: with MIME)
 *
 * EXIT STATUS
 *   0 done, or found; 1 not found, or it did not work
 *
 * SEE ALSO
 *   postalias(1), postconf(1)
 */
import { manageTables } from '../../lib/dict/manage/main.js';
import { parseSourceLine } from '../../lib/dict/text/source.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';

await runCommand('postmap', (args) =>
  manageTables(
    {
      name: 'postmap',
      letters: 'bc:d:fFhimnNopq:rsuUvw',
      usage: '[-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...',
      parse: parseSourceLine,
      separator: '\t',
      extra: () => [],
      configDirectory,
    },
    args,
  ),
);
