/**
 * NAME
 *   postalias - make and query alias databases
 *
 * SYNOPSIS
 *   postalias [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [file_type:]file_name ...
 *
 * DESCRIPTION
 *   Makes an alias database (`hash:/etc/aliases` becomes /etc/aliases.db) from an alias file of lines
 *   "name: value, value". Options are those of postmap(1).
 *
 * EXIT STATUS
 *   0 done, or found; 1 not found, or it did not work
 *
 * SEE ALSO
 *   newaliases(1), postmap(1), local(8)
 */
import { aliasManager } from '../../lib/dict/manage/aliases.js';
import { manageTables } from '../../lib/dict/manage/main.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';

await runCommand('postalias', (args) => manageTables(aliasManager(configDirectory), args));
