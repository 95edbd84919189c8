/**
 * cleanup/milter/filtered-message - applies what the mail filters change: each later filter sees it.
 *
 * As with Sendmail, filters do not see our Received: field on top, and changes of fields count without it; positions of
 * new fields count with it. Postfix: cleanup_milter.c.
 */
import type { FilteredMessage, MilterVerdict } from '../../../lib/ipc/conversation/milters.js';
import {
  dsnNotify as notifyBits,
  type Envelope,
  type Recipient,
} from '../../../lib/ipc/envelope.js';
import { parsePath } from '../../../lib/protocol/address/path.js';
import { decodeXtext } from '../../../lib/protocol/dsn/xtext.js';
import { headerField } from '../../../lib/protocol/message/header.js';
import { LfText } from '../../../lib/protocol/milter/crlf-chunks.js';
import type { Scratch } from '../../../lib/sys/scratch.js';
import type { Message } from '../message.js';
import { duplicates } from '../stage/duplicates.js';
import { recipientAddresses } from '../stage/recipient-addresses.js';
import { virtualAliases } from '../stage/virtual-aliases.js';
import { checkHeader } from './header-check.js';
import { asQueueError, type KeptContent } from './kept-content.js';

const line = Buffer.from('\n');

export class MessageForFilters implements FilteredMessage {
  readonly queueId: string;
  readonly #message: Message;
  readonly #content: KeptContent;
  /** What milter_header_checks decided last. */
  ownVerdict: MilterVerdict | undefined;
  #newBody: { readonly scratch: Scratch; readonly text: LfText; endsLine: boolean } | undefined;

  constructor(message: Message, content: KeptContent) {
    this.queueId = message.queueId;
    this.#message = message;
    this.#content = content;
  }

  *fields(): Iterable<{ readonly label: string; readonly value: string }> {
    const { fields, ownField } = this.#content;
    for (const [position, text] of fields.entries())
      if (position !== ownField) yield headerField(text);
  }

  body(): AsyncIterable<Uint8Array> {
    return this.#content.body();
  }

  addHeader(text: string): Promise<MilterVerdict | undefined> {
    return this.#put(this.#content.fields.length, text);
  }

  insertHeader(index: number, text: string): Promise<MilterVerdict | undefined> {
    return this.#put(Math.min(index, this.#content.fields.length), text);
  }

  async changeHeader(
    index: number,
    name: string,
    text: string | undefined,
  ): Promise<MilterVerdict | undefined> {
    const { fields, ownField } = this.#content;
    const wanted = name.toLowerCase();
    let count = 0;
    for (let position = 0; position < fields.length; position += 1) {
      if (position === ownField || headerField(fields[position] ?? '').name !== wanted) continue;
      count += 1;
      if (count < index) continue;
      fields.splice(position, 1);
      if (position < ownField) this.#content.ownField -= 1;
      return text === undefined ? undefined : this.#put(position, text);
    }
    // A field that is not there is added where it is to have a value.
    return text === undefined ? undefined : this.addHeader(text);
  }

  changeSender(given: string, parameters: string): void {
    const { core, queueId, envelope } = this.#message;
    const path = parsePath(given);
    if (path.is !== 'path') {
      core.log.warning(`${queueId}: bad sender address from milter: ${given}`);
      return;
    }
    const { dsnRet, dsnEnvid } = { ...envelope, ...this.#mailParameters(parameters) };
    const sender = path.address === '' ? '' : core.rewrite.rewrite(path.address, 'local');
    this.#message.envelope = { ...envelope, sender, dsnRet, dsnEnvid };
  }

  async addRecipient(given: string, parameters: string): Promise<void> {
    const { core, queueId } = this.#message;
    const path = parsePath(given);
    if (path.is !== 'path' || path.address === '') {
      core.log.warning(`${queueId}: bad recipient address from milter: ${given}`);
      return;
    }
    const address = core.rewrite.rewrite(path.address, 'local');
    const recipient: Recipient = { address, original: address, ...this.#dsn(parameters) };
    // Like a recipient of the client's, but without copies (Postfix: cleanup_addr_bcc_dsn).
    const alone: Message = { ...this.#message, recipients: [recipient] };
    for (const stage of [recipientAddresses, virtualAliases]) await stage.envelope?.(alone);
    this.#message.recipients = [...this.#message.recipients, ...alone.recipients];
    await duplicates.envelope?.(this.#message);
  }

  deleteRecipient(given: string): void {
    const path = parsePath(given);
    if (path.is !== 'path') return;
    // What the client said, or an address that is ours only by completion.
    const completed = this.#message.core.rewrite.rewrite(path.address, 'local');
    this.#message.recipients = this.#message.recipients.filter(
      ({ original }) => original !== path.address && original !== completed,
    );
  }

  async replaceBody(chunk: Uint8Array): Promise<void> {
    this.#newBody ??= { scratch: this.#content.newBody(), text: new LfText(), endsLine: true };
    await this.#addToBody(this.#newBody.text.push(chunk));
  }

  async endBody(isWhole: boolean): Promise<void> {
    const body = this.#newBody;
    if (!body) return;
    if (isWhole) {
      await this.#addToBody(body.text.end());
      if (!body.endsLine) await body.scratch.write(line);
      await this.#content.setBody(body.scratch);
    } else await body.scratch.close();
    this.#newBody = undefined;
  }

  async #addToBody(bytes: Buffer): Promise<void> {
    const body = this.#newBody;
    if (!body || bytes.length === 0) return;
    body.endsLine = bytes.at(-1) === line[0];
    try {
      await body.scratch.write(bytes);
    } catch (error) {
      throw asQueueError(error);
    }
  }

  async #put(position: number, text: string): Promise<MilterVerdict | undefined> {
    const { verdict, text: checked } = await checkHeader(this.#message, text);
    this.ownVerdict = verdict;
    if (checked !== undefined) {
      this.#content.fields.splice(position, 0, checked);
      if (position <= this.#content.ownField) this.#content.ownField += 1;
    }
    return verdict;
  }

  /** RET= and ENVID= of RFC 3461; anything else is left out, with a warning. */
  #mailParameters(text: string): Partial<Pick<Envelope, 'dsnRet' | 'dsnEnvid'>> {
    const result: { dsnRet?: Envelope['dsnRet']; dsnEnvid?: string } = {};
    for (const [word, name, value] of parametersOf(text)) {
      const upper = value.toUpperCase();
      if (name === 'RET' && (upper === 'FULL' || upper === 'HDRS')) result.dsnRet = upper;
      else if (name === 'ENVID') result.dsnEnvid = decodeXtext(value) ?? value;
      else this.#ignored(word);
    }
    return result;
  }

  #ignored(word: string): void {
    const { core, queueId } = this.#message;
    core.log.warning(`${queueId}: ignoring ESMTP argument "${word}" from milter`);
  }

  /** NOTIFY= and ORCPT= of RFC 3461; anything else is left out, with a warning. */
  #dsn(parameters: string): Pick<Recipient, 'dsnNotify' | 'dsnOrcpt'> {
    const result: { dsnNotify: number; dsnOrcpt?: string } = { dsnNotify: 0 };
    for (const [word, name, value] of parametersOf(parameters)) {
      if (name === 'NOTIFY') result.dsnNotify = notifyOf(value);
      else if (name === 'ORCPT') result.dsnOrcpt = decodeXtext(value) ?? value;
      else this.#ignored(word);
    }
    return result;
  }
}

/** ESMTP parameters: each as written, its name in upper case, its value. */
function parametersOf(text: string): [word: string, name: string, value: string][] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(word) ?? [];
      return [word, name.toUpperCase(), value];
    });
}

function notifyOf(value: string): number {
  let bits = 0;
  for (const word of value.toLowerCase().split(',')) {
    if (Object.hasOwn(notifyBits, word)) bits |= notifyBits[word as keyof typeof notifyBits];
  }
  return bits;
}
