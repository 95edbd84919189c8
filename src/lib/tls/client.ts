/**
 * tls/client - the TLS of one smtp or lmtp service: contexts by policy, sessions kept for the next connection.
 *
 * Sessions live in memory, bounded, and are used again only where policy, place and certificate store are the same.
 * Postfix: tls_client.c.
 */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Settings } from '../config/settings.js';
import type { Log } from '../log/log.js';
import type { Clock } from '../sys/clock.js';
import { checkDigest } from './certificate.js';
import { cipherList } from './ciphers.js';
import type { ClientPolicy, ClientSide } from './client-policy.js';
import { keyExchangeGroups } from './groups.js';
import { loadIdentities } from './identity.js';
import type { TlsSource } from './material.js';
import { asOptions, libraryOptions, workarounds } from './options.js';
import { certificatesOf } from './pem.js';
import { versionRange } from './protocols.js';
import { TlsError } from './tls-error.js';
import { trustedAuthorities } from './trust.js';

const maxSessions = 1000;
const maxContexts = 100;

export interface ClientTlsParts {
  readonly settings: Settings;
  readonly side: ClientSide;
  readonly source: TlsSource;
  readonly log: Log;
  readonly clock: Clock;
}

/** An anchor need not be a root. Node's types of 20 do not know it. */
const partialChains = { allowPartialTrustChain: true };

interface KeptSession {
  readonly session: Buffer;
  readonly until: number;
}

export class ClientTls {
  readonly #parts: ClientTlsParts;
  readonly #contexts = new Map<string, SecureContext>();
  readonly #sessions = new Map<string, KeptSession>();

  constructor(parts: ClientTlsParts) {
    this.#parts = parts;
    parts.source.onChange(() => {
      this.#contexts.clear();
      this.#sessions.clear();
    });
  }

  /** @throws {TlsError} */
  contextFor(policy: ClientPolicy): SecureContext {
    const { protocols, ciphers, exclude, trustAnchors } = policy;
    const key = JSON.stringify([protocols, ciphers, exclude, trustAnchors]);
    const known = this.#contexts.get(key);
    if (known) return known;
    if (this.#contexts.size >= maxContexts) this.#contexts.clear();
    const made = this.#make(policy);
    this.#contexts.set(key, made);
    return made;
  }

  sessionFor(key: string): Buffer | undefined {
    const kept = this.#sessions.get(key);
    return kept && kept.until > this.#parts.clock.monotonic() ? kept.session : undefined;
  }

  keepSession(key: string, session: Buffer): void {
    const { settings, side, clock } = this.#parts;
    const lifetime = settings[`${side}_tls_session_cache_timeout`];
    if (lifetime <= 0) return;
    this.#sessions.delete(key);
    if (this.#sessions.size >= maxSessions)
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest);
        break;
      }
    this.#sessions.set(key, { session, until: clock.monotonic() + lifetime * 1000 });
  }

  forgetSession(key: string): void {
    this.#sessions.delete(key);
  }

  #make(policy: ClientPolicy): SecureContext {
    const { settings, side, source, log } = this.#parts;
    const read = (path: string): TlsSource['current']['files'][string] | undefined =>
      source.current.files[path];
    const identities = loadIdentities(settings, side, read);
    const digest = `${side}_tls_fingerprint_digest` as const;
    checkDigest(settings[digest], digest);
    const range = versionRange(policy.protocols, `${side}_tls_protocols = ${policy.protocols}`);
    const groups = keyExchangeGroups(settings);
    const anchors = policy.trustAnchors.map((path) => {
      const file = read(path);
      if (file?.is === 'text') return certificatesOf(file.text);
      throw new TlsError(`tafile ${path}: ${file?.reason ?? 'not read; name it in main.cf'}`);
    });
    try {
      return createSecureContext({
        key: identities.map(({ key }) => key),
        cert: identities.map(({ chain }) => chain),
        ca:
          anchors.length > 0
            ? anchors
            : trustedAuthorities(settings, side, read, (text) => log.warning(text)),
        ...(anchors.length > 0 ? partialChains : {}),
        minVersion: range.min,
        maxVersion: range.max,
        ciphers: cipherList(settings, policy.ciphers, policy.exclude, range, `${side}_tls_ciphers`),
        ...(groups === '' ? {} : { ecdhCurve: groups }),
        secureOptions: asOptions(
          constants.SSL_OP_NO_RENEGOTIATION |
            constants.SSL_OP_NO_COMPRESSION |
            workarounds(settings.tls_disable_workarounds) |
            libraryOptions(settings.tls_ssl_options),
        ),
      });
    } catch (error) {
      if (error instanceof TlsError) throw error;
      throw new TlsError(`TLS library problem: ${(error as Error).message}`, { cause: error });
    }
  }
}
