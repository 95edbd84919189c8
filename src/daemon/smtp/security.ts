/**
 * smtp/security - how a connection to a server is secured: the policy of its destination, DANE, the handshake, and
 * what the certificate is worth.
 *
 * Postfix: smtp_tls_policy.c, smtp_proto.c, tls_client.c. Standards: RFC 3207, RFC 7672.
 */
import net from 'node:net';
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Resolver } from '../../lib/dns/resolver.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock } from '../../lib/sys/clock.js';
import {
  certificateFingerprint,
  issuerLine,
  publicKeyFingerprint,
} from '../../lib/tls/certificate.js';
import { channelBindings } from '../../lib/tls/channel-binding.js';
import { ClientTls } from '../../lib/tls/client.js';
import {
  ClientPolicies,
  type ClientPolicy,
  isMandatory,
  mustMatch,
  policyFor,
} from '../../lib/tls/client-policy.js';
import { connectTls, shownChain } from '../../lib/tls/connect.js';
import { daneVerdict, type TlsaRecord, usableRecords } from '../../lib/tls/dane.js';
import type { TlsSource } from '../../lib/tls/material.js';
import { certificateNames, standsFor } from '../../lib/tls/names.js';
import { logSummary, negotiated } from '../../lib/tls/negotiated.js';
import { TlsError } from '../../lib/tls/tls-error.js';
import { splitList } from '../../lib/util/list.js';
import type { ClientSettings } from './client-settings.js';
import type { Connection } from './connection.js';
import type { Server } from './server.js';
import { Trouble, type Why } from './trouble.js';

export interface SecurityParts {
  readonly settings: ClientSettings;
  readonly log: Log;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly dicts: DictOpener;
  readonly tlsSource: TlsSource;
}

/** What one connection must have. */
export interface Security {
  readonly policy: ClientPolicy;
  /** Domain of the next hop, for names and SNI. */
  readonly domain: string;
  /** Usable records at the DANE levels; empty elsewhere. */
  readonly tlsa: readonly TlsaRecord[];
}

interface Destination {
  readonly nexthop: string;
  readonly domain: string;
  readonly server: Server;
}

const inTheClear = 'none';

export class SecurityChooser {
  readonly #parts: SecurityParts;
  readonly #policies: ClientPolicies;
  readonly #tls: ClientTls;

  constructor(parts: SecurityParts) {
    this.#parts = parts;
    const { settings, dicts, tlsSource: source, log, clock } = parts;
    const side = settings.lmtp ? 'lmtp' : 'smtp';
    this.#policies = new ClientPolicies(settings.common, side, dicts);
    this.#tls = new ClientTls({ settings: settings.common, side, source, log, clock });
  }

  /** @throws {Trouble} no connection may be made @throws {LookupError} */
  async of(nexthop: string, server: Server): Promise<Security> {
    const { settings, log } = this.#parts;
    const domain = domainOf(nexthop, settings);
    try {
      const policy = await this.#policies.of(nexthop);
      if (settings.tls_wrappermode && (policy.level === 'none' || policy.level === 'may')) {
        log.warning(
          `${settings.lmtp ? 'lmtp' : 'smtp'}_tls_wrappermode requires "smtp_tls_security_level = encrypt" (or stronger)`,
        );
        throw configurationTrouble();
      }
      if (policy.level === 'dane' || policy.level === 'dane-only')
        return await this.#dane(policy, { nexthop, domain, server });
      return { policy, domain, tlsa: [] };
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      log.warning(error.message);
      throw configurationTrouble();
    }
  }

  /** The same without TLS: for mail that may go in the clear, and could not go otherwise. */
  clear(security: Security): Security {
    return { ...security, policy: { ...security.policy, level: inTheClear } };
  }

  /** RFC 7672 section 2: only what DNSSEC vouches for counts. @throws {Trouble} */
  async #dane(policy: ClientPolicy, { nexthop, domain, server }: Destination): Promise<Security> {
    const { settings, log, resolver } = this.#parts;
    const only = policy.level === 'dane-only';
    const side = settings.lmtp ? 'lmtp' : 'smtp';
    const lower = (level: 'may' | 'encrypt'): Security => ({
      policy: { ...policyFor(level, settings.common, side), servername: policy.servername },
      domain,
      tlsa: [],
    });
    const without = (text: string): Security => {
      if (only) throw new Trouble('4.7.5', text, true);
      return lower('may');
    };
    if (settings.dns_support_level !== 'dnssec') {
      log.warning(`${nexthop}: ${policy.level} configured with dnssec lookups disabled`);
      if (only) throw configurationTrouble();
      return lower('may');
    }
    const insecureMxLevel = settings.common.smtp_tls_dane_insecure_mx_policy;
    if (server.hasSecureMx === false && (only || insecureMxLevel === 'may'))
      return without('non DNSSEC destination');
    if (server.hasSecureAddress !== true && !settings.tls_force_insecure_host_tlsa_lookup)
      return without('no TLSA records found');
    if (net.isIP(server.host) !== 0) return without('no TLSA records found');
    const answer = await resolver.query(`_${server.port}._tcp.${server.host}`, 'TLSA');
    switch (answer.is) {
      case 'no-host':
      case 'no-data':
        return without('no TLSA records found');
      case 'try-again':
      case 'failed':
        // RFC 7672 section 2.1.2: what an attacker may hold back must not lower the level.
        throw new Trouble('4.7.5', `TLSA lookup error for ${server.host}:${server.port}`, true);
      case 'found':
    }
    if (!answer.authentic) return without('no TLSA records found');
    const records = answer.records.flatMap(({ value, data }) => {
      const [usage = -1, selector = -1, matching = -1] = value.split(' ').map(Number);
      return data ? [{ usage, selector, matching, data }] : [];
    });
    const tlsa = usableRecords(records, splitList(settings.common.tls_dane_digests));
    if (tlsa.length > 0) return { policy, domain, tlsa };
    if (only) throw new Trouble('4.7.5', 'TLSA records unusable', true);
    return lower('encrypt');
  }

  /** The handshake. Undefined: the connection is as safe as it must be. */
  async secure(connection: Connection, security: Security): Promise<Why | undefined> {
    const { settings, log, clock } = this.#parts;
    const { policy, domain } = security;
    const { server, relay } = connection;
    const key = JSON.stringify([server.host, server.address, server.port, domain, policy]);
    if (settings.tls_loglevel >= 2) log.info(`setting up TLS connection to ${relay}`);
    const context = this.#contextFor(policy);
    if (!context) return configurationTrouble().why;
    const connected = await connection.secure((below) =>
      connectTls(below, {
        context,
        servername: sniOf(security, server),
        timeoutMs: settings.starttls_timeout * 1000,
        clock,
        session: this.#tls.sessionFor(key),
        onSession: (session) => this.#tls.keepSession(key, session),
      }),
    );
    if (connected.is === 'failed') {
      this.#tls.forgetSession(key);
      log.info(`SSL_connect error to ${relay}: ${connected.reason}`);
      if (connected.library !== '') log.warning(`TLS library problem: ${connected.library}`);
      return {
        dsn: '4.7.5',
        text: 'Cannot start TLS: handshake failure',
        ofSite: true,
        isHandshake: true,
      };
    }
    const { socket } = connected;
    const chain = shownChain(socket);
    const [certificate] = chain;
    const worth = this.#judge(socket, chain, security, server);
    connection.tls = {
      bindings: channelBindings(socket, () => certificate),
      isVerified: worth.matched,
      mayReuse: policy.reuse,
    };
    this.#logConnection(relay, socket, certificate, worth, policy);
    // RFC 7672 section 2.2: at DANE the records are what must agree.
    const needsMatch = mustMatch(policy.level) || security.tlsa.length > 0;
    if (!needsMatch || worth.matched) return undefined;
    this.#tls.forgetSession(key);
    return { dsn: '4.7.5', text: 'Server certificate not verified', ofSite: true };
  }

  #contextFor(policy: ClientPolicy): ReturnType<ClientTls['contextFor']> | undefined {
    try {
      return this.#tls.contextFor(policy);
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      this.#parts.log.warning(error.message);
      return undefined;
    }
  }

  #judge(
    socket: TLSSocket,
    chain: readonly X509Certificate[],
    security: Security,
    server: Server,
  ): Worth {
    const { settings, clock } = this.#parts;
    const { policy, domain, tlsa } = security;
    const [certificate] = chain;
    if (!certificate)
      return { trusted: false, matched: false, problem: 'no certificate', mismatch: '' };
    const many = settings.common.tls_wildcard_matches_multiple_labels;
    const hasName = (wanted: readonly string[]): boolean => {
      const names = certificateNames(certificate);
      return wanted.some((name) => standsFor(names, name, many));
    };
    if (tlsa.length > 0) {
      const names = [server.host, ...(server.hasSecureMx === true ? [domain] : [])];
      const verdict = daneVerdict({
        chain,
        records: tlsa,
        now: clock.now(),
        hasName: () => hasName(names),
      });
      const matched = verdict.is === 'matched';
      return { trusted: matched, matched, problem: '', mismatch: noRecord };
    }
    if (policy.level === 'fingerprint') {
      const digest = settings.tls_fingerprint_digest.toLowerCase();
      const own = [
        certificateFingerprint(certificate, digest),
        publicKeyFingerprint(certificate, digest),
      ];
      const matched = policy.match.some((wanted) => own.includes(wanted.toUpperCase()));
      return { trusted: matched, matched, problem: '', mismatch: noRecord };
    }
    const tooDeep = socket.authorized && chain.length - 1 > settings.tls_scert_verifydepth;
    const trusted = socket.authorized && !tooDeep;
    const wanted = policy.match.flatMap((word) => namesFor(word, server.host, domain));
    const issuedLast = chain.at(-1) ?? certificate;
    return {
      trusted,
      matched: trusted && mustMatch(policy.level) && hasName(wanted),
      problem: tooDeep ? 'certificate chain too long' : problemOf(socket, issuedLast),
      mismatch: wanted.every((name) => net.isIP(name) !== 0) ? wrongAddress : wrongName,
    };
  }

  #logConnection(
    relay: string,
    socket: TLSSocket,
    certificate: X509Certificate | undefined,
    worth: Worth,
    { level }: ClientPolicy,
  ): void {
    const { settings, log } = this.#parts;
    if (settings.tls_loglevel < 1) return;
    // A certificate that is not the wanted one is not trusted either, whoever signed it.
    const isOther = (mustMatch(level) || worth.mismatch === noRecord) && !worth.matched;
    if (isOther && worth.problem !== '')
      log.info(`certificate verification failed for ${relay}: ${worth.problem}`);
    else if (isOther)
      log.info(`server certificate verification failed for ${relay}: ${worth.mismatch}`);
    const trust = worth.matched
      ? 'Verified'
      : worth.trusted && !isOther
        ? 'Trusted'
        : certificate
          ? 'Untrusted'
          : 'Anonymous';
    const agreed = negotiated(socket, certificate ? { server: certificate } : {});
    log.info(`${trust} TLS connection established to ${relay}: ${logSummary(agreed)}`);
  }
}

interface Worth {
  /** An authority of ours, or a TLSA record, or a fingerprint stands for it. */
  readonly trusted: boolean;
  /** And it is the one that was wanted. */
  readonly matched: boolean;
  /** Why no authority stands for it; '' where one does. */
  readonly problem: string;
  /** What is said when it is not the one wanted: OpenSSL's number and words. */
  readonly mismatch: string;
}

const noRecord = 'num=65:no matching DANE TLSA records';
const wrongName = 'num=62:hostname mismatch';
const wrongAddress = 'num=64:IP address mismatch';

function configurationTrouble(): Trouble {
  return new Trouble('4.7.5', 'client TLS configuration problem', true);
}

function problemOf(socket: TLSSocket, certificate: X509Certificate): string {
  if (socket.authorized) return '';
  const code = String(socket.authorizationError);
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'self-signed certificate';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `untrusted issuer ${issuerLine(certificate)}`;
    case 'CERT_HAS_EXPIRED':
      return 'certificate has expired';
    default:
      return code.toLowerCase().replaceAll('_', ' ');
  }
}

/** `hostname`, `nexthop`, `dot-nexthop`, or a name as it is. */
function namesFor(word: string, host: string, domain: string): string[] {
  switch (word.toLowerCase()) {
    case 'hostname':
      return [host];
    case 'nexthop':
      return [domain];
    case 'dot-nexthop':
      return [`.${domain}`];
    default:
      return [word];
  }
}

/** RFC 6066 section 3: names only, never addresses. At DANE the server's name (RFC 7672 section 8.1). */
function sniOf({ policy, domain, tlsa }: Security, { host }: Server): string {
  const word = tlsa.length > 0 ? 'hostname' : policy.servername.toLowerCase();
  const name = word === 'hostname' ? host : word === 'nexthop' ? domain : word;
  return net.isIP(name) === 0 ? name : '';
}

/** `[mx.example.org]:587` is mx.example.org; a UNIX socket is this machine. */
function domainOf(nexthop: string, settings: ClientSettings): string {
  if (nexthop.startsWith('unix:')) return settings.common.myhostname;
  const host = /^(?:inet:)?\[?([^\]]*?)\]?(?::[^:\]]*)?$/.exec(nexthop)?.[1] ?? nexthop;
  return host.toLowerCase();
}

/** TLS there must be. */
export function needsTls({ policy, tlsa }: Security): boolean {
  return isMandatory(policy.level) || tlsa.length > 0;
}
