/** smtpd/session-tls - what a session knows of its TLS. */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { SaslTls } from '../../lib/auth/sasl-server.js';
import type { Fingerprint } from '../../lib/tls/certificate.js';

/** What restrictions, SASL and Received: ask about the TLS of a session. */
export interface SessionTls extends SaslTls {
  readonly socket: TLSSocket;
  /** `TLSv1.3` */
  readonly protocol: string;
  readonly cipher: string;
  /** A certificate was asked for. */
  readonly asked: boolean;
  /** Undefined: the client has shown none. */
  readonly certificate: X509Certificate | undefined;
  /** An authority of smtpd_tls_CAfile stands for the certificate. */
  readonly trusted: boolean;
  /** Of the certificate and of its key, by smtpd_tls_fingerprint_digest; empty without a certificate. */
  readonly fingerprints: readonly Fingerprint[];
  /** Lines between `from` and `by` of Received:, each with its fold; '' unless smtpd_tls_received_header. */
  readonly received: string;
}
