/**
 * smtpd/secure - a session's way into TLS: the handshake, its log lines, and what the session then knows.
 *
 * Postfix: smtpd_start_tls() and tls_server_start().
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type AcceptFailure, acceptTls, peerCertificate } from '../../lib/tls/accept.js';
import {
  certificateFingerprint,
  type Fingerprint,
  issuerName,
  publicKeyFingerprint,
  subjectName,
} from '../../lib/tls/certificate.js';
import { channelBindings } from '../../lib/tls/channel-binding.js';
import { logSummary, negotiated, receivedSummary } from '../../lib/tls/negotiated.js';
import type { Service } from './service.js';
import type { SessionTls } from './session-tls.js';

export type Secured = { readonly is: 'secure'; readonly tls: SessionTls } | { readonly is: 'lost' };

/** @param label the client as the log names it */
export async function secure(service: Service, raw: Socket, label: string): Promise<Secured> {
  const { tls, log, settings, clock } = service;
  const { context, settings: options, forName } = tls;
  if (!context) return { is: 'lost' };
  if (options.logLevel >= 2) log.info(`setting up TLS connection from ${label}`);
  const accepted = await acceptTls(raw, {
    context,
    askCertificate: options.askCertificate,
    timeoutMs: options.timeoutMs,
    clock,
    ...(forName ? { contextFor: forName } : {}),
  });
  if (accepted.is === 'failed') {
    const { reason } = accepted;
    log.info(`SSL_accept error from ${label}: ${failureWord(reason)}`);
    if (reason.is === 'library') log.warning(`TLS library problem: ${reason.text}`);
    return { is: 'lost' };
  }
  const { socket } = accepted;
  const { certificate, problem } = options.askCertificate
    ? peerCertificate(socket, settings.smtpd_tls_ccert_verifydepth)
    : { certificate: undefined, problem: '' };
  const trusted = certificate !== undefined && problem === '';
  const wantsWords = options.logLevel >= 1 || settings.smtpd_tls_received_header;
  const digest = settings.smtpd_tls_fingerprint_digest.toLowerCase();
  const fingerprints = certificate
    ? [certificateFingerprint(certificate, digest), publicKeyFingerprint(certificate, digest)]
    : [];
  let received = '';
  if (wantsWords) {
    const server = tls.shownTo(socket);
    const agreed = negotiated(socket, {
      ...(server ? { server } : {}),
      ...(certificate ? { client: certificate } : {}),
    });
    if (options.logLevel >= 1) {
      if (certificate && !trusted && options.requireCertificate)
        log.info(`certificate verification failed for ${label}: ${problem}`);
      if (options.logLevel >= 2) logDetails(service, socket, label, certificate, fingerprints);
      const trust = certificate ? (trusted ? 'Trusted' : 'Untrusted') : 'Anonymous';
      log.info(`${trust} TLS connection established from ${label}: ${logSummary(agreed)}`);
    }
    if (settings.smtpd_tls_received_header)
      received = `\t${receivedSummary(agreed)}\n\t${certificateWords(options.askCertificate, certificate, trusted)}\n`;
  }
  return {
    is: 'secure',
    tls: {
      bindings: channelBindings(
        socket,
        () => tls.shownTo(socket),
        () => socket.getPeerFinished(),
      ),
      ...(certificate && trusted ? { certificateName: subjectName(certificate) } : {}),
      socket,
      protocol: socket.getProtocol() ?? '',
      cipher: socket.getCipher().name,
      asked: options.askCertificate,
      certificate,
      trusted,
      fingerprints,
      received,
    },
  };
}

function failureWord(reason: AcceptFailure): string {
  switch (reason.is) {
    case 'timeout':
      return 'Connection timed out';
    case 'lost':
      return 'lost connection';
    case 'library':
      return '-1';
  }
}

/** smtpd_tls_loglevel 2 and more. */
function logDetails(
  { log }: Service,
  socket: TLSSocket,
  label: string,
  certificate: X509Certificate | undefined,
  fingerprints: readonly Fingerprint[],
): void {
  if (socket.isSessionReused()) log.info(`${label}: Reusing old session`);
  if (!certificate) return;
  const [ofCertificate = '', ofKey = ''] = fingerprints;
  log.info(
    `${label}: subject_CN=${subjectName(certificate)}, issuer=${issuerName(certificate)}, fingerprint=${ofCertificate}, pkey_fingerprint=${ofKey}`,
  );
}

function certificateWords(
  asked: boolean,
  certificate: X509Certificate | undefined,
  trusted: boolean,
): string {
  if (!asked) return '(No client certificate requested)';
  if (!certificate) return '(Client did not present a certificate)';
  const names = `Client CN "${safe(subjectName(certificate))}", Issuer "${safe(issuerName(certificate))}"`;
  return `(${names} (${trusted ? 'verified OK' : 'not verified'}))`;
}

/** What a stranger wrote into a certificate must not end the comment, the header, or its quotes. RFC 5322 section 3.2.2. */
function safe(name: string): string {
  return name.replace(/[^\x20-\x7e]|[()\\"]/g, '?').slice(0, 256);
}
