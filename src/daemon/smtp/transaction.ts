/**
 * smtp/transaction - one message over one connection: MAIL, RCPT, DATA, content, and what the server said of each.
 *
 * With PIPELINING the envelope leaves in one write and its replies are read as they come; DATA and the final dot are
 * the two places where we wait. What the server said of a recipient is that recipient's outcome; what it said of the
 * message is every recipient's. Afterwards the connection is ready for another message, said goodbye, or is lost.
 * Postfix: smtp_loop(). Standards: RFC 5321 section 3.3, RFC 2920, RFC 2033.
 */
import type { DeliveryRecipient } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import { isAscii } from '../../lib/protocol/message/octets.js';
import type { ServerReply } from '../../lib/protocol/smtp/client.js';
import { xforwardCommands } from '../../lib/protocol/smtp/xforward.js';
import type { Clock } from '../../lib/sys/clock.js';
import type { Attempt } from './attempt.js';
import type { ClientSettings } from './client-settings.js';
import type { Connection } from './connection.js';
import { has8BitHeader, sendContent, sendingBody } from './content.js';
import { type EnvelopeWishes, mailCommand, rcptCommand } from './envelope-commands.js';
import { isPositive } from './handshake.js';
import { said, Trouble, type Why } from './trouble.js';

export interface TransactionParts {
  readonly settings: ClientSettings;
  readonly log: Log;
  readonly clock: Clock;
}

const endOfData = 'sending end of data -- message may be sent more than once';

export class Transaction {
  readonly #parts: TransactionParts;
  readonly #connection: Connection;
  readonly #attempt: Attempt;
  /** Keep the connection afterwards. */
  readonly #keep: boolean;
  /** The connection served another message before: it may have been closed while it waited. */
  readonly #reused: boolean;
  #sawReply = false;
  /** It was closed before it said anything to this message: as if it had not been there. */
  isStale = false;
  readonly #pipelining: boolean;
  readonly #downgrade: boolean;
  /** An address probe ends here; undefined: a message, with its content. */
  readonly #probeEnd: 'rcpt' | 'data' | undefined;
  /** Not refused so far. */
  #open: readonly DeliveryRecipient[];
  #saidQuit = false;

  constructor(
    parts: TransactionParts,
    connection: Connection,
    attempt: Attempt,
    options: { readonly keep: boolean; readonly reused?: boolean },
  ) {
    this.#parts = parts;
    this.#connection = connection;
    this.#attempt = attempt;
    this.#keep = options.keep;
    this.#reused = options.reused ?? false;
    this.#pipelining = connection.has('PIPELINING');
    const takes8Bit = connection.has('8BITMIME') || connection.has('SMTPUTF8');
    this.#downgrade =
      !takes8Bit &&
      attempt.request.envelope.bodyType !== '7BIT' &&
      !parts.settings.common.disable_mime_output_conversion;
    this.#open = attempt.left;
    if (attempt.request.probe)
      this.#probeEnd = parts.settings.address_verify_target === 'data' ? 'data' : 'rcpt';
  }

  /** True: the connection may serve another message. Never rejects but for trouble with our own queue. */
  async run(): Promise<boolean> {
    const connection = this.#connection;
    try {
      const impossible = await this.#impossible();
      if (impossible) this.#attempt.failed(this.#open, impossible, connection);
      else await this.#converse();
      this.#noteGarbage();
      this.#attempt.siteIsWell = true;
      if (this.#keep && connection.isUsable) return true;
      await this.#quit();
    } catch (error) {
      connection.destroy();
      if (!(error instanceof Trouble)) throw error;
      this.isStale = this.#reused && !this.#sawReply;
      if (this.isStale) return false;
      this.#noteGarbage();
      this.#attempt.failed(this.#open, error.why, connection);
    }
    return false;
  }

  /** What this server cannot take; told before anything is sent. */
  async #impossible(): Promise<Why | undefined> {
    const { request } = this.#attempt;
    const connection = this.#connection;
    const { size } = connection.offers;
    if (size > 0 && request.size > size) {
      const text = `message size ${request.size} exceeds size limit ${size} of server ${connection.label}`;
      return { dsn: '5.3.4', text, ofSite: false };
    }
    if (!request.envelope.smtputf8 || connection.has('SMTPUTF8')) return undefined;
    const addresses = [request.envelope.sender, ...this.#open.map(({ address }) => address)];
    if (addresses.every(isAscii) && !(await has8BitHeader(request))) return undefined;
    const text = `SMTPUTF8 is required, but was not offered by host ${connection.label}`;
    // Another server may offer it: only the last one's word is final.
    return { dsn: this.#attempt.isFinalServer ? '5.6.7' : '4.6.7', text, ofSite: false };
  }

  async #converse(): Promise<void> {
    const { settings, clock } = this.#parts;
    const { request, outgoing } = this.#attempt;
    const { offers } = this.#connection;
    const { envelope } = request;
    const wishes: EnvelopeWishes = {
      offers,
      envelope: outgoing ? { ...envelope, sender: outgoing.sender } : envelope,
      size: this.#downgrade ? undefined : request.size,
      quote: settings.quote_rfc821_envelope,
    };
    const recipients = this.#open;
    if (settings.send_xforward_command && offers.keywords.has('XFORWARD')) await this.#xforward();
    this.#attempt.setUp = clock.now();
    const mail = mailCommand(wishes);
    const rcpts = recipients.map((recipient) =>
      rcptCommand(
        wishes,
        outgoing ? { ...recipient, address: outgoing.addressOf(recipient.address) } : recipient,
      ),
    );
    const data = this.#probeEnd === 'rcpt' ? '' : 'DATA\r\n';
    if (this.#pipelining) this.#connection.commands(`${mail}\r\n${rcpts.join('\r\n')}\r\n${data}`);

    const mailReply = await this.#reply(mail, 'sending MAIL FROM', settings.mail_timeout);
    // 421 may have been on its way before we sent anything.
    if (this.#reused && mailReply.code === 421) throw new Trouble('4.4.2', mailReply.text, true);
    this.#sawReply = true;
    const senderIsTaken = isPositive(mailReply);
    if (!senderIsTaken) this.#refused(this.#open, mailReply, 'MAIL FROM command');

    if (senderIsTaken || this.#pipelining) {
      for (const [index, recipient] of recipients.entries()) {
        const line = rcpts[index] ?? '';
        const answer = await this.#reply(line, 'sending RCPT TO', settings.rcpt_timeout);
        if (senderIsTaken && !isPositive(answer))
          this.#refused([recipient], answer, 'RCPT TO command');
        else if (senderIsTaken && this.#probeEnd === 'rcpt') this.#ended([recipient], answer);
      }
    }
    if (this.#probeEnd === 'rcpt') return this.#reset();
    if (!this.#pipelining && this.#open.length === 0) return this.#reset();

    const start = await this.#reply('DATA', 'sending DATA command', settings.data_init_timeout);
    const isStarted = start.code >= 300 && start.code < 400;
    if (!isStarted) {
      this.#refused(this.#open, start, 'DATA command');
      return this.#reset();
    }
    if (this.#probeEnd === 'data') {
      // What follows now would be taken for a message.
      this.#ended(this.#open, { ...start, code: 250 });
      this.#connection.destroy();
      return;
    }
    return this.#open.length === 0 ? this.#emptyContent() : this.#content();
  }

  async #xforward(): Promise<void> {
    const { settings, log } = this.#parts;
    const { request } = this.#attempt;
    const { client } = request.envelope;
    const offered = this.#connection.offers.keywords.get('XFORWARD') ?? '';
    const lines = xforwardCommands(offered, {
      ...client,
      ident: client.ident ?? (client.address === '' ? '' : request.queueId),
      isLocal: request.envelope.isLocal ?? false,
    });
    for (const [index, line] of lines.entries()) {
      const what = index === 0 ? 'XFORWARD name/address' : 'XFORWARD helo/protocol';
      const answer = await this.#connection.command(
        line,
        `sending ${what}`,
        settings.xforward_timeout,
      );
      if (!isPositive(answer))
        log.warning(said(this.#connection.relay, answer, `${what} command`).text);
    }
  }

  async #content(): Promise<void> {
    const { settings, log } = this.#parts;
    const connection = this.#connection;
    this.#saidQuit = this.#pipelining && !this.#keep;
    if (this.#saidQuit) connection.beStrict();
    const { request, outgoing } = this.#attempt;
    const content = outgoing?.content;
    await sendContent(connection, content ? { queueId: request.queueId, content } : request, {
      settings,
      log,
      downgrade: this.#downgrade,
      after: this.#saidQuit ? 'QUIT\r\n' : '',
    });
    // A server that hung up in the middle of the content cannot have taken it, but it may have said why.
    const doing = connection.isLost ? sendingBody : endOfData;
    connection.isHandingOver = true;
    if (settings.lmtp) {
      // RFC 2033 section 4.2: a reply for each recipient that was accepted.
      for (const recipient of this.#open) this.#ended([recipient], await this.#done(doing));
    } else {
      this.#ended(this.#open, await this.#done(doing));
    }
    connection.isHandingOver = false;
  }

  #done(doing: string): ServerReply | Promise<ServerReply> {
    const connection = this.#connection;
    return connection.received() ?? connection.reply(doing, this.#parts.settings.data_done_timeout);
  }

  #ended(recipients: readonly DeliveryRecipient[], answer: ServerReply): void {
    if (!isPositive(answer)) {
      this.#refused(recipients, answer, 'end of DATA command');
      return;
    }
    for (const recipient of recipients) this.#attempt.sent(recipient, answer, this.#connection);
    this.#close(recipients);
  }

  /** RFC 2920 section 3.1: the server wants content although no recipient stands; it gets a lone dot. */
  async #emptyContent(): Promise<void> {
    this.#saidQuit = !this.#keep;
    this.#connection.commands(this.#saidQuit ? '.\r\nQUIT\r\n' : '.\r\n');
    await this.#ignored(this.#parts.settings.data_done_timeout);
  }

  async #reset(): Promise<void> {
    this.#connection.commands('RSET\r\n');
    if (this.#pipelining && !this.#keep) return; // QUIT may follow at once
    await this.#ignored(this.#parts.settings.rset_timeout);
  }

  /** All is decided: the reply, and whether one comes, matters only to the next message. */
  async #ignored(seconds: number): Promise<void> {
    try {
      await this.#connection.reply('sending final RSET', seconds);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.#connection.destroy();
    }
  }

  /** The reply to a command, which is sent now unless it was pipelined. */
  #reply(line: string, doing: string, seconds: number): ServerReply | Promise<ServerReply> {
    const connection = this.#connection;
    if (this.#pipelining) return connection.received() ?? connection.reply(doing, seconds);
    return connection.command(line, doing, seconds);
  }

  #refused(recipients: readonly DeliveryRecipient[], answer: ServerReply, request: string): void {
    const why = said(this.#connection.label, answer, request);
    this.#close(recipients);
    this.#attempt.failed(recipients, why, this.#connection);
  }

  #close(recipients: readonly DeliveryRecipient[]): void {
    this.#open = this.#open.filter((recipient) => !recipients.includes(recipient));
  }

  async #quit(): Promise<void> {
    const connection = this.#connection;
    const { skip_quit_response: skip, quit_timeout: timeout } = this.#parts.settings;
    if (!skip && connection.isUsable) {
      if (!this.#saidQuit) connection.commands('QUIT\r\n');
      this.#saidQuit = true;
      await this.#ignored(timeout);
    }
    connection.quit(this.#saidQuit);
  }

  #noteGarbage(): void {
    const garbage = this.#connection.takeGarbage();
    if (garbage === '' || !this.#pipelining) return;
    const { settings, log } = this.#parts;
    const protocol = settings.lmtp ? 'LMTP' : 'ESMTP';
    const name = settings.lmtp
      ? 'lmtp_discard_lhlo_keyword_address_maps'
      : 'smtp_discard_ehlo_keyword_address_maps';
    log.warning(
      `${this.#attempt.request.queueId}: non-${protocol} response from ${this.#connection.relay}: ${garbage}`,
    );
    log.warning(
      `to prevent loss of mail, turn off command pipelining for ${this.#connection.server.address} with the ${name} parameter`,
    );
  }
}
