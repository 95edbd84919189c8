/** auth/server - the SASL servers by smtpd_sasl_type, a row each. Contract: auth/sasl-server. */
import { FatalError } from '../util/fatal-error.js';
import { sysexits } from '../util/sysexits.js';
import { createCyrusServer } from './cyrus-server.js';
import { createDovecotServer } from './dovecot/server.js';
import type { SaslServer, SaslServerParts } from './sasl-server.js';

export const saslServerTypes: Readonly<Record<string, (parts: SaslServerParts) => SaslServer>> = {
  cyrus: createCyrusServer,
  dovecot: createDovecotServer,
};

/** @throws {FatalError} settings with which nobody could log in */
export function createSaslServer(parts: SaslServerParts): SaslServer {
  const { smtpd_sasl_type: type } = parts.settings;
  const create = Object.hasOwn(saslServerTypes, type) ? saslServerTypes[type] : undefined;
  if (create) return create(parts);
  throw new FatalError(
    `smtpd_sasl_type = ${type}: unsupported SASL server implementation; write ${Object.keys(saslServerTypes).join(' or ')}`,
    sysexits.config,
  );
}
