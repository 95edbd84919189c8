/** server/tls-services - which services of a configuration speak TLS, and on which side. */
import type { Configuration } from '../config/load.js';
import type { TlsPrefix } from '../tls/identity.js';
import type { TlsService } from '../tls/keeper.js';

const sides: Readonly<Record<string, TlsPrefix>> = { smtpd: 'smtpd', smtp: 'smtp', lmtp: 'lmtp' };

export function tlsServices(configuration: Configuration): TlsService[] {
  return configuration.services.flatMap((service) => {
    const side = sides[service.command];
    if (side === undefined) return [];
    return [{ name: service.name, side, settings: configuration.settingsFor(service) }];
  });
}
