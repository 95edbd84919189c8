/**
 * before-queue/later-filter - smtpd_proxy_options = speed_adjust: the filter hears of a message once all of it is here.
 *
 * So a slow client keeps no filter busy. Until then the message lies in a scratch file: no one was told that we have it.
 */
import path from 'node:path';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import { Scratch } from '../../../lib/sys/scratch.js';
import { errnoText } from '../../../lib/util/errno-text.js';
import { replies } from '../replies.js';
import type { Service } from '../service.js';
import type { BeforeQueueFilter } from './transaction.js';

export class LaterFilter implements BeforeQueueFilter {
  readonly #filter: BeforeQueueFilter;
  readonly #service: Service;
  readonly #content: Scratch;
  #mail = '';
  readonly #recipients: string[] = [];
  #trouble: Reply | undefined;

  constructor(service: Service, filter: BeforeQueueFilter) {
    this.#service = service;
    this.#filter = filter;
    this.#content = new Scratch(path.join(service.queueDirectory ?? '.', 'spool'));
  }

  mail(line: string): Promise<undefined> {
    this.#mail = line;
    return Promise.resolve(undefined);
  }

  recipient(line: string): Promise<undefined> {
    this.#recipients.push(line);
    return Promise.resolve(undefined);
  }

  data(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async content(chunk: Uint8Array): Promise<void> {
    if (this.#trouble) return;
    try {
      await this.#content.write(Buffer.from(chunk));
    } catch (error) {
      this.#fail(error);
    }
  }

  async finish(): Promise<Reply> {
    try {
      return this.#trouble ?? (await this.#handOver());
    } catch (error) {
      return this.#fail(error);
    } finally {
      await this.abort();
    }
  }

  async abort(): Promise<void> {
    await this.#filter.abort();
    await this.#content.close();
  }

  async #handOver(): Promise<Reply> {
    const filter = this.#filter;
    let refused = await filter.mail(this.#mail);
    for (const line of this.#recipients) refused ??= await filter.recipient(line);
    refused ??= await filter.data();
    if (refused) return refused;
    for await (const chunk of this.#content.read()) await filter.content(chunk);
    return filter.finish();
  }

  /** The disk: try again later. */
  #fail(error: unknown): Reply {
    this.#service.log.warning(`NOQUEUE: content for the proxy filter: ${errnoText(error)}`);
    this.#trouble = replies.serverError;
    return this.#trouble;
  }
}
