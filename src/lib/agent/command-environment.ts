/**
 * agent/command-environment - what every command of a user finds around it: export_environment, and a PATH.
 *
 * Postfix: clean_env(3), pipe_command(3).
 */
import process from 'node:process';
import type { Settings } from '../config/settings.js';
import { splitList } from '../util/list.js';

const path = '/usr/bin:/bin'; // not ours: a command must not depend on how the server was started

/** `NAME` from this process, or `NAME=value`; nothing else. */
export function commandEnvironment(
  settings: Pick<Settings, 'export_environment' | 'config_directory'>,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const entry of splitList(settings.export_environment)) {
    const equals = entry.indexOf('=');
    const name = equals < 0 ? entry : entry.slice(0, equals);
    const value = equals < 0 ? process.env[name] : entry.slice(equals + 1);
    if (value !== undefined) result[name] = value;
    // A command that calls sendmail reaches the instance that runs it.
    else if (name === 'MAIL_CONFIG') result[name] = settings.config_directory;
  }
  return { ...result, PATH: path };
}
