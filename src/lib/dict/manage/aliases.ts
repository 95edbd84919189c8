/** dict/manage/aliases - what makes postalias differ from postmap. */
import { parseAliasLine } from '../text/alias-source.js';
import type { Manage } from './main.js';

/** @param configDirectory from -c, or from the environment */
export function aliasManager(configDirectory: Manage['configDirectory']): Manage {
  return {
    name: 'postalias',
    letters: 'Nc:d:finopq:rsuvw',
    usage: '[-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...',
    parse: parseAliasLine,
    separator: ':\t',
    // Other programs look for these: Sendmail for the sign that the file is whole, NIS for time and master.
    extra: ({ myhostname }) => [
      { key: '@', value: '@', isPlain: false },
      {
        key: 'YP_LAST_MODIFIED',
        value: String(Math.floor(Date.now() / 1000)).padStart(10, '0'),
        isPlain: true,
      },
      { key: 'YP_MASTER_NAME', value: myhostname, isPlain: true },
    ],
    configDirectory,
  };
}
