/**
 * before-queue/filter - smtpd_proxy_filter: a message goes to a filter as it comes, and the filter's answers are ours.
 *
 * What the client said is said again, after our own checks: the commands as they stood, the content with line ends and
 * dots made anew, so that both sides see the same end of the message. With speed_adjust the filter is asked only once
 * the whole message is here. Nothing is in the queue: the filter hands the message on, or refuses it.
 * Postfix: smtpd_proxy.c, SMTPD_PROXY_README.
 */
import path from 'node:path';
import { mailDate } from '../../../lib/sys/mail-date.js';
import { parseOffers, type ServerReply } from '../../../lib/protocol/smtp/client.js';
import { DotEncoder } from '../../../lib/protocol/smtp/dot.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import { inOne, xforwardCommands } from '../../../lib/protocol/smtp/xforward.js';
import { splitList } from '../../../lib/util/list.js';
import { originalClient } from '../command/xforward.js';
import type { SessionControl } from '../control.js';
import { receivedText } from '../message.js';
import { replies } from '../replies.js';
import type { Transaction } from '../state.js';
import type { BeforeQueueFilter } from './transaction.js';
import { FilterConnection, FilterTrouble } from './connection.js';
import { LaterFilter } from './later-filter.js';
import { parseFilterPlace } from './place.js';

export function openFilter(session: SessionControl, transaction: Transaction): BeforeQueueFilter {
  const { settings } = session.service;
  const direct = new DirectFilter(session, transaction);
  return splitList(settings.smtpd_proxy_options).includes('speed_adjust')
    ? new LaterFilter(session.service, direct)
    : direct;
}

class DirectFilter implements BeforeQueueFilter {
  readonly #session: SessionControl;
  readonly #transaction: Transaction;
  readonly #encoder = new DotEncoder();
  #connection: FilterConnection | undefined;
  #trouble: Reply | undefined;
  #inContent = false;

  constructor(session: SessionControl, transaction: Transaction) {
    this.#session = session;
    this.#transaction = transaction;
  }

  mail(line: string): Promise<Reply | undefined> {
    return this.#safely(async () => {
      const refused = (await this.#greet()) ? await this.#refusal(line, 2) : replies.serverError;
      if (refused) this.#trouble = refused;
      return refused;
    });
  }

  recipient(line: string): Promise<Reply | undefined> {
    return this.#safely(() => this.#refusal(line, 2));
  }

  data(): Promise<Reply | undefined> {
    return this.#safely(async () => {
      const refused = await this.#refusal('DATA', 3);
      if (refused) return refused;
      this.#inContent = true;
      this.#open.write(this.#encoder.encode(this.#head()));
      return undefined;
    });
  }

  async content(chunk: Uint8Array): Promise<void> {
    if (this.#trouble) return;
    await this.#safely(async () => {
      const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
      this.#open.write(this.#encoder.encode(text));
      await this.#open.drained();
      return undefined;
    });
  }

  async finish(): Promise<Reply> {
    if (this.#trouble) return this.#trouble;
    let answer: Reply | undefined;
    const trouble = await this.#safely(async () => {
      this.#open.write(this.#encoder.end());
      answer = asReply(await this.#open.reply());
      this.#inContent = false;
      return undefined;
    });
    this.#connection?.quit();
    this.#connection = undefined;
    return trouble ?? answer ?? replies.serverError;
  }

  /** In the middle of the content there is no goodbye: the filter would take it for content. */
  abort(): Promise<void> {
    if (this.#inContent) this.#connection?.destroy();
    else this.#connection?.quit();
    this.#connection = undefined;
    return Promise.resolve();
  }

  /** What stands before the client's content: PREPEND's headers, and our Received: unless we are not the first. */
  #head(): string {
    const { service, state } = this.#session;
    const transaction = this.#transaction;
    const prepend = transaction.actions.prepend.map((line) => `${line}\n`).join('');
    if (transaction.forwarded) return prepend;
    const { recipients } = transaction;
    const only = recipients.length === 1 ? recipients[0]?.address : undefined;
    const text = receivedText({ service, state }, transaction, undefined, only);
    const date = mailDate(transaction.arrival);
    const received = text.endsWith('\n\t') ? `${text.trimEnd()};\n\t${date}` : `${text}; ${date}`;
    return Buffer.from(`${prepend}Received: ${received}\n`, 'utf8').toString('latin1');
  }

  /** False: it wants no mail of ours; the log says so. */
  async #greet(): Promise<boolean> {
    const { settings, clock, queueDirectory = '.' } = this.#session.service;
    const place = parseFilterPlace(settings.smtpd_proxy_filter);
    if (!place) throw new FilterTrouble('no filter');
    this.#connection = await FilterConnection.open(place, {
      clock,
      timeoutMs: settings.smtpd_proxy_timeout * 1000,
      queuePath: (name) => path.join(queueDirectory, name),
    });
    const greeting = await this.#open.reply();
    if (greeting.code !== 220) return this.#isRefused('connection request', greeting);
    const ehlo = `EHLO ${settings.smtpd_proxy_ehlo}`;
    const hello = await this.#open.command(ehlo);
    if (!isPositive(hello)) return this.#isRefused(ehlo, hello);
    const offered = parseOffers(hello, new Set()).keywords.get('XFORWARD');
    if (offered === undefined) return true;
    for (const line of this.#xforward(offered)) {
      const answer = await this.#open.command(line);
      if (!isPositive(answer)) return this.#isRefused(line, answer);
    }
    return true;
  }

  #xforward(offered: string): string[] {
    const { helo, isEsmtp, client } = this.#session.state;
    const { forwarded, isLocalClient } = this.#transaction;
    const source = originalClient(forwarded, client, {
      helo,
      protocol: isEsmtp ? 'ESMTP' : 'SMTP',
    });
    const ident = forwarded?.ident ?? 'unknown';
    return xforwardCommands(
      offered,
      { ...source, helo: source.helo || 'unknown', ident, isLocal: isLocalClient },
      inOne,
    );
  }

  /** Undefined: the reply to the command is of the class that lets us go on. */
  async #refusal(line: string, wanted: 2 | 3): Promise<Reply | undefined> {
    const answer = await this.#open.command(line);
    if (Math.floor(answer.code / 100) === wanted) return undefined;
    this.#isRefused(line, answer);
    // What is no refusal must not sound like success: the message would be lost.
    return answer.code < 400 ? replies.serverError : asReply(answer);
  }

  #isRefused(line: string, answer: ServerReply): false {
    const { settings } = this.#session.service;
    this.#warn(
      `proxy ${settings.smtpd_proxy_filter} rejected "${printable(line)}": "${answer.text}"`,
    );
    return false;
  }

  get #open(): FilterConnection {
    if (!this.#connection) throw new FilterTrouble('lost connection');
    return this.#connection;
  }

  /** Trouble with the filter is ours, not the client's: try again later. */
  async #safely(step: () => Promise<Reply | undefined>): Promise<Reply | undefined> {
    if (this.#trouble) return this.#trouble;
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof FilterTrouble)) throw error;
      const where = this.#session.service.settings.smtpd_proxy_filter;
      this.#warn(
        this.#connection
          ? troubleText(where, error.message)
          : `connect to proxy filter ${where}: ${error.message}`,
      );
      this.#trouble = replies.serverError;
      this.#connection?.destroy();
      this.#connection = undefined;
      return this.#trouble;
    }
  }

  #warn(text: string): void {
    const { log, settings } = this.#session.service;
    const garbage = this.#connection?.takeGarbage();
    if (garbage !== undefined)
      log.warning(`received garbage from proxy ${settings.smtpd_proxy_filter}: ${garbage}`);
    log.warning(text);
  }
}

function troubleText(where: string, message: string): string {
  return message === 'Connection timed out'
    ? `timeout talking to proxy ${where}`
    : `lost connection with proxy ${where}`;
}

function isPositive({ code }: ServerReply): boolean {
  return code >= 200 && code < 300;
}

function printable(line: string): string {
  return line.replace(/[\x00-\x1f\x7f]/g, '?');
}

function asReply({ code, lines }: ServerReply): Reply {
  // Neither taken nor refused: no answer for the client.
  if (code < 200 || (code >= 300 && code < 400) || code > 599) return replies.serverError;
  return { code, enhanced: '', lines };
}
