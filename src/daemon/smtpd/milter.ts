/**
 * smtpd/milter - what the mail filters of this session are told, and what their decisions make of the answer.
 *
 * A filter that refuses the client or its HELO is not obeyed at once, except by 421: from MAIL on every answer is its
 * refusal, as with Sendmail. Postfix: smtpd_milter.c, check_milter_reply.
 */
import { LookupError } from '../../lib/map/match-list.js';
import type { MilterVerdict } from '../../lib/ipc/conversation/milters.js';
import type { MilterSession } from '../../lib/milter/session.js';
import { loggedReply } from '../../lib/milter/verdict.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import { type Reply, reply } from '../../lib/protocol/smtp/reply.js';
import type { Service } from './service.js';
import { issuerName, subjectName } from '../../lib/tls/certificate.js';
import { negotiated } from '../../lib/tls/negotiated.js';
import { eventLine } from './event-line.js';
import type { SessionMilters } from './session-milters.js';
import type { SessionState } from './state.js';

interface Holder {
  readonly service: Service;
  readonly state: SessionState;
}

/** Where in the session a filter decided, and what the log says of it. */
interface Place {
  readonly where: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly helo?: string;
}

export class SmtpdMilters implements SessionMilters {
  readonly session: MilterSession;
  readonly #holder: Holder;
  readonly #connections: number;
  /** Macros of the command under way. */
  readonly #values = new Map<string, string>();

  private constructor(holder: Holder, connections: number, list: string | undefined) {
    const { service } = holder;
    if (!service.milters) throw new Error('no milters');
    this.#holder = holder;
    this.#connections = connections;
    this.session = service.milters.open((name) => this.#value(name), list);
  }

  /**
   * Undefined: this client has none (smtpd_milters, smtpd_milter_maps, receive_override_options).
   * @param connections of this client, open now @throws {LookupError}
   */
  static async open(holder: Holder, connections: number): Promise<SmtpdMilters | undefined> {
    const { service, state } = holder;
    if (!service.milters) return undefined;
    const found = await service.milterMaps.find(state.client.address);
    const list = found?.trim();
    if (list?.toUpperCase() === 'DISABLE') return undefined;
    if (list === undefined && service.settings.smtpd_milters.trim() === '') return undefined;
    return new SmtpdMilters(holder, connections, list);
  }

  /** The greeting, where the filters will not have this client. */
  async connected(): Promise<Reply | undefined> {
    const { service, state } = this.#holder;
    const { name, address, port } = state.client;
    // Sendmail's way of saying that there is no name.
    const shown = name === 'unknown' ? `[${address}]` : name;
    const verdict = await this.session.connect({ name: shown, address, port });
    const refused = this.#answer(verdict, { where: 'CONNECT' });
    const { myhostname } = service.settings;
    if (refused?.code === 421)
      return reply(421, '', `${myhostname} Service unavailable - try again later`);
    return refused && refused.code >= 500
      ? reply(554, '', `${myhostname} ESMTP not accepting connections`)
      : undefined;
  }

  async helo(name: string, verb: 'HELO' | 'EHLO'): Promise<Reply | undefined> {
    return this.#answer(await this.session.helo(name), { where: verb, helo: name });
  }

  async mail(sender: string, words: readonly string[]): Promise<Reply | undefined> {
    await this.#resolve('mail', sender);
    const verdict = await this.session.mail(words);
    const answer = this.#answer(verdict, { where: 'MAIL', sender });
    if (answer) this.session.abort();
    return answer;
  }

  async rcpt(
    recipient: string,
    words: readonly string[],
    refused: Reply | undefined,
  ): Promise<Reply | undefined> {
    if (refused) this.#refusedRecipient(refused);
    else {
      await this.#resolve('rcpt', recipient);
    }
    const verdict = await this.session.rcpt(words, refused !== undefined);
    for (const name of ['rcpt_addr', 'rcpt_host', 'rcpt_mailer']) this.#values.delete(name);
    if (refused) return undefined;
    return this.#answer(verdict, { where: 'RCPT', ...this.#sender(), recipient });
  }

  async data(): Promise<Reply | undefined> {
    const recipient = this.#holder.state.transaction?.recipients[0]?.address;
    return this.#answer(await this.session.data(), {
      where: 'DATA',
      ...this.#sender(),
      ...(recipient === undefined ? {} : { recipient }),
    });
  }

  async unknown(verb: string): Promise<Reply | undefined> {
    return this.#answer(await this.session.unknown(verb), { where: 'UNKNOWN', ...this.#sender() });
  }

  end(): void {
    this.session.end();
  }

  standing(): Reply | undefined {
    const { standing } = this.session;
    return standing?.is === 'reply' ? standing.reply : undefined;
  }

  #sender(): { sender?: string } {
    const { transaction } = this.#holder.state;
    return transaction ? { sender: transaction.sender } : {};
  }

  /** Logs a decision; the reply that it makes, if any. */
  #answer(verdict: MilterVerdict | undefined, place: Place): Reply | undefined {
    if (!verdict) return undefined;
    switch (verdict.is) {
      case 'hold':
        this.#log('milter-hold', place, 'milter triggers HOLD action');
        return undefined;
      case 'discard':
        this.#log('milter-discard', place, 'milter triggers DISCARD action');
        return undefined;
      case 'shutdown':
        this.#log('milter-reject', place, loggedReply(closing));
        return closing;
      case 'reply':
        this.#log('milter-reject', place, loggedReply(verdict.reply));
        return verdict.reply;
    }
  }

  #log(what: string, { where, sender, recipient, helo }: Place, text: string): void {
    const { service, state } = this.#holder;
    const shown = helo === undefined ? state : { ...state, helo };
    service.log.info(
      eventLine({ state: shown, what, verb: where, text, sender, recipient }, service.log),
    );
  }

  /** {mail_addr}, {mail_host}, {mail_mailer} and their like: the whole address, and where mail for it would go. */
  async #resolve(kind: 'mail' | 'rcpt', address: string): Promise<void> {
    const { service } = this.#holder;
    let [host, mailer, whom] = ['', '', address];
    // Mail for the null sender would come to this host itself.
    const { myhostname } = service.settings;
    const whole = address === '' ? `postmaster@${myhostname}` : address;
    try {
      const route = await service.rewrite.resolve(service.rewrite.rewrite(whole, 'local'), '');
      if (route.is === 'route') {
        [host, mailer] = [route.nexthop, route.transport];
        if (address !== '') whom = route.recipient;
      }
    } catch (error) {
      if (!(error instanceof LookupError)) throw error;
    }
    this.#values.set(`${kind}_addr`, quoteAddress(whom));
    this.#values.set(`${kind}_host`, host);
    this.#values.set(`${kind}_mailer`, mailer);
  }

  /** As Sendmail tells of a refused recipient: the mailer `error`, its code, its text. */
  #refusedRecipient({ enhanced, lines }: Reply): void {
    const text = lines.join(' ').replace(/^<[^>]*>: /, '');
    this.#values.set('rcpt_mailer', 'error');
    this.#values.set('rcpt_host', enhanced);
    this.#values.set('rcpt_addr', text);
  }

  #value(name: string): string | undefined {
    const { service, state } = this.#holder;
    const { settings } = service;
    const { client, login, tls, transaction } = state;
    switch (name) {
      case 'daemon_name':
        return settings.milter_macro_daemon_name;
      case 'daemon_addr':
        return client.serverAddress;
      case 'daemon_port':
        return String(client.serverPort);
      case 'v':
        return settings.milter_macro_v;
      case 'j':
        return settings.myhostname;
      case '_':
        return `${client.reverseName} [${client.address}]${
          client.name.toLowerCase() === client.reverseName.toLowerCase() ? '' : ' (may be forged)'
        }`;
      case 'client_addr':
        return client.address.includes(':') ? `IPv6:${client.address}` : client.address;
      case 'client_connections':
        return String(this.#connections);
      case 'client_name':
        return client.name;
      case 'client_port':
        return String(client.port);
      case 'client_ptr':
        return client.reverseName;
      case 'client_resolve':
        return resolution(client.nameStatus, client.reverseStatus);
      case 'i':
        return transaction?.cleanup?.queueId;
      case 'auth_type':
        return login?.method;
      case 'auth_authen':
        return login?.user;
      case 'auth_author':
        return transaction?.saslSender;
      case 'tls_version':
        return tls?.protocol;
      case 'cipher':
        return tls?.cipher;
      case 'cipher_bits':
        return tls && String(negotiated(tls.socket, {}).usedBits);
      case 'cert_subject':
        return tls?.trusted && tls.certificate ? subjectName(tls.certificate) : undefined;
      case 'cert_issuer':
        return tls?.trusted && tls.certificate ? issuerName(tls.certificate) : undefined;
      default:
        return this.#values.get(name);
    }
  }
}

const closing = reply(421, '4.7.0', 'Server closing connection');

function resolution(name: 2 | 4 | 5, reverse: 2 | 4 | 5): string {
  if (name === 2) return 'OK';
  if (reverse === 2 && name === 5) return 'FORGED';
  return name === 4 ? 'TEMP' : 'FAIL';
}
