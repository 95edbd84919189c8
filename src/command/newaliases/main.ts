/**
 * NAME
 *   newaliases - build the alias databases
 *
 * SYNOPSIS
 *   newaliases [-c config_dir]
 *
 * DESCRIPTION
 *   Runs postalias(1) on all tables that alias_database names; `sendmail -bi` and `sendmail -I` are the same.
 *
 * SEE ALSO
 *   postalias(1), sendmail(1)
 */
import { loadMainCf } from '../../lib/config/load.js';
import { aliasManager } from '../../lib/dict/manage/aliases.js';
import { manageTables } from '../../lib/dict/manage/main.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { getopt } from '../../lib/util/getopt.js';
import { splitList } from '../../lib/util/list.js';

await runCommand('postalias', (args) => {
  // Options of sendmail may stand here too (`newaliases -v`): only those that matter are looked at.
  const { options } = getopt(args, 'A:B:C:F:GIL:N:O:R:UV:X:b:c:ce:f:h:im:no:p:r:q:tvx');
  const given = options.find(({ letter }) => letter === 'c' || letter === 'C')?.value;
  const directory = configDirectory(given);
  const tables = splitList(loadMainCf(directory).settings.alias_database);
  return manageTables(
    aliasManager(() => directory),
    ['-c', directory, '--', ...tables],
  );
});
