/**
 * local/environment - what a command sees of the message: local(8), EXTERNAL COMMAND DELIVERY.
 */
import { commandEnvironment } from '../../lib/agent/command-environment.js';
import type { Settings } from '../../lib/config/settings.js';
import type { ClientInfo } from '../../lib/ipc/envelope.js';
import type { Position } from './core.js';
import { onlyAllowed } from './expand.js';
import type { Place } from './place.js';

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
  const environment: Record<string, string> = commandEnvironment(settings);
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
