/**
 * local/environment - what a command sees of the message: local(8), EXTERNAL COMMAND DELIVERY. Pure but for
 * export_environment, which names variables of this process.
 */
import process from 'node:process';
import type { Settings } from '../../lib/config/settings.js';
import type { ClientInfo } from '../../lib/ipc/envelope.js';
import { splitList } from '../../lib/util/list.js';
import type { Position } from './core.js';
import { onlyAllowed } from './expand.js';
import type { Place } from './place.js';

const path = '/usr/bin:/bin'; // not ours: a command must not depend on how the server was started

type EnvironmentSettings = Pick<
  Settings,
  'command_expansion_filter' | 'export_environment' | 'config_directory'
>;

export function environmentOf(
  settings: EnvironmentSettings,
  position: Position,
  place: Place,
  client: ClientInfo,
): Record<string, string> {
  const clean = (value: string): string => onlyAllowed(value, settings.command_expansion_filter);
  const environment: Record<string, string> = { ...exported(settings), PATH: path };
  const { rights } = position;
  const always = {
    USER: place.user,
    LOGNAME: place.user,
    LOCAL: place.local,
    DOMAIN: place.domain,
    RECIPIENT: position.address,
    SENDER: position.sender,
  };
  const whereKnown = {
    HOME: rights?.home,
    SHELL: rights?.shell,
    EXTENSION: position.unmatched ?? place.extension,
    ORIGINAL_RECIPIENT: position.original,
    CLIENT_ADDRESS: client.address,
    CLIENT_HELO: client.helo,
    CLIENT_HOSTNAME: client.name,
    CLIENT_PROTOCOL: client.protocol,
    SASL_METHOD: client.saslMethod,
    SASL_SENDER: client.saslSender,
    SASL_USERNAME: client.saslUsername,
  };
  for (const [name, value] of Object.entries(always)) environment[name] = clean(value);
  for (const [name, value] of Object.entries(whereKnown))
    if (value !== undefined && value !== '') environment[name] = clean(value);
  return environment;
}

/** `NAME` from this process, or `NAME=value`. */
function exported(
  settings: Pick<EnvironmentSettings, 'export_environment' | 'config_directory'>,
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
  return result;
}
