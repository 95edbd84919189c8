/**
 * tls/server-context - what smtpd speaks TLS with: certificates, versions, ciphers, groups, ticket keys.
 *
 * A pure function of settings and material; whoever may read the files made the material. Postfix: tls_server.c.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Settings } from '../config/settings.js';
import { checkDigest } from './certificate.js';
import { cipherList } from './ciphers.js';
import { keyExchangeGroups } from './groups.js';
import { type Identity, loadIdentities, type ReadTlsFile } from './identity.js';
import type { TicketKey } from './material.js';
import { asOptions, libraryOptions, workarounds } from './options.js';
import { versionRange } from './protocols.js';
import type { ServerTlsSettings } from './server-settings.js';
import { singleTicketKey, useTicketKeys } from './ticket-keys.js';
import { TlsError } from './tls-error.js';
import { trustedAuthorities } from './trust.js';

export interface ServerContextParts {
  readonly settings: Settings;
  readonly tls: ServerTlsSettings;
  /** Sessions are resumed only where they began: by service of master.cf. */
  readonly service: string;
  readonly read: ReadTlsFile;
  readonly ticketKeys: () => readonly TicketKey[];
  readonly warn: (text: string) => void;
}

/** Undefined: no certificate is set, so there can be no TLS. @throws {TlsError} */
export function createServerContext(parts: ServerContextParts): SecureContext | undefined {
  const identities = loadIdentities(parts.settings, 'smtpd', parts.read);
  return identities.length === 0 ? undefined : contextFor(identities, parts);
}

/** The same with other certificates, for a name of tls_server_sni_maps. @throws {TlsError} */
export function contextFor(
  identities: readonly Identity[],
  parts: ServerContextParts,
): SecureContext {
  const { settings, tls, ticketKeys } = parts;
  const mandatory = tls.level === 'encrypt';
  checkDigest(settings.smtpd_tls_fingerprint_digest, 'smtpd_tls_fingerprint_digest');
  const protocols = mandatory ? 'smtpd_tls_mandatory_protocols' : 'smtpd_tls_protocols';
  const grade = mandatory ? 'smtpd_tls_mandatory_ciphers' : 'smtpd_tls_ciphers';
  const range = versionRange(settings[protocols], `${protocols} = ${settings[protocols]}`);
  const groups = keyExchangeGroups(settings, settings.smtpd_tls_eecdh_grade);
  const lifetime = settings.smtpd_tls_session_cache_timeout;
  const hasTickets = settings.tls_session_ticket_cipher !== '' && lifetime > 0;
  const exclusions = [
    settings.smtpd_tls_exclude_ciphers,
    ...(mandatory ? [settings.smtpd_tls_mandatory_exclude_ciphers] : []),
  ];
  const ticketKey = hasTickets ? singleTicketKey(ticketKeys()) : undefined;
  try {
    const context = createSecureContext({
      key: identities.map(({ key }) => key),
      cert: identities.map(({ chain }) => chain),
      ca: tls.askCertificate ? trustedAuthorities(settings, 'smtpd', parts.read, parts.warn) : [],
      minVersion: range.min,
      maxVersion: range.max,
      ciphers: cipherList(settings, settings[grade], exclusions, range, grade),
      honorCipherOrder: settings.tls_preempt_cipherlist,
      dhparam: 'auto',
      ...(groups === '' ? {} : { ecdhCurve: groups }),
      sessionIdContext: createHash('sha256').update(parts.service).digest('hex').slice(0, 32),
      sessionTimeout: Math.max(1, lifetime),
      secureOptions: asOptions(
        constants.SSL_OP_NO_RENEGOTIATION |
          constants.SSL_OP_NO_COMPRESSION |
          (hasTickets ? 0 : constants.SSL_OP_NO_TICKET) |
          workarounds(settings.tls_disable_workarounds) |
          libraryOptions(settings.tls_ssl_options),
      ),
      ...(ticketKey ? { ticketKeys: ticketKey } : {}),
    });
    if (hasTickets) useTicketKeys(context, ticketKeys);
    return context;
  } catch (error) {
    if (error instanceof TlsError) throw error;
    throw new TlsError(`TLS library problem: ${(error as Error).message}`, { cause: error });
  }
}
