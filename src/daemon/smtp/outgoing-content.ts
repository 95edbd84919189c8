/** smtp/outgoing-content - the content of a message with generic addresses, and checked by smtp_header_checks and body checks. */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { DeliveryRequest } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import type { AddressFinder } from '../../lib/map/address-find.js';
import { type ContentClass, parseContentAction } from '../../lib/map/content-check.js';
import type { ContentTables } from '../../lib/map/content-check.js';
import { parseList } from '../../lib/protocol/address/list.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import { type HeaderField, headerField, HeaderScanner } from '../../lib/protocol/message/header.js';
import { recipientFields, senderFields } from '../../lib/protocol/message/header-names.js';
import { MimeBody, type MimeToken } from '../../lib/protocol/message/mime-body.js';
import { fromOctets, shownOctets, toOctets } from '../../lib/protocol/message/octets.js';
import type { ClientSettings } from './client-settings.js';

export interface OutgoingParts {
  readonly settings: ClientSettings;
  readonly all: Settings;
  readonly dicts: DictOpener;
  readonly log: Log;
  readonly rewrite: Rewrite;
}

export interface OutgoingContentParts extends OutgoingParts {
  readonly tables: ContentTables;
  readonly generic: AddressFinder;
  readonly mapped: (address: string) => Promise<string>;
}

type Event =
  | { readonly is: 'field'; readonly field: HeaderField }
  | { readonly is: 'end'; readonly blank: boolean }
  | { readonly is: 'body'; readonly chunk: Uint8Array };

const maxShown = 60; // of a line, in the log

export class OutgoingContent {
  readonly #request: DeliveryRequest;
  readonly #parts: OutgoingContentParts;
  readonly #events: Event[] = [];
  readonly #scanner: HeaderScanner;
  #fields = { contentType: '', contentEncoding: '' };
  /** Set where lines of the body or headers of parts are looked at. */
  #body: MimeBody | undefined;

  constructor(request: DeliveryRequest, parts: OutgoingContentParts) {
    this.#request = request;
    this.#parts = parts;
    this.#scanner = new HeaderScanner(
      {
        field: (field) => void this.#events.push({ is: 'field', field }),
        end: (blank) => void this.#events.push({ is: 'end', blank }),
        body: (chunk) => void this.#events.push({ is: 'body', chunk }),
      },
      parts.all.header_size_limit,
    );
  }

  /** @throws {LookupError} */
  async *read(): AsyncIterable<Uint8Array> {
    const { inline } = this.#request;
    for await (const chunk of inline ? [inline] : this.#request.content()) {
      void this.#scanner.write(chunk);
      yield* this.#settled();
    }
    void this.#scanner.end();
    yield* this.#settled();
    if (this.#body) yield Buffer.from(await this.#checked(this.#body.end()), 'latin1');
  }

  async *#settled(): AsyncIterable<Uint8Array> {
    for (const event of this.#events.splice(0)) {
      if (event.is === 'body') {
        if (!this.#body) {
          yield event.chunk;
          continue;
        }
        const text = Buffer.from(event.chunk).toString('latin1');
        yield Buffer.from(await this.#checked(this.#body.push(text)), 'latin1');
      } else if (event.is === 'field') {
        yield Buffer.from(await this.#field(event.field), 'latin1');
      } else {
        this.#body = this.#bodyScanner();
        if (event.blank) yield Buffer.from('\n');
      }
    }
  }

  #bodyScanner(): MimeBody | undefined {
    const { tables, all } = this.#parts;
    if (!(['mime', 'nested', 'body'] as const).some((kind) => tables.has(kind))) return undefined;
    return new MimeBody(this.#fields, {
      nesting: all.mime_nesting_limit,
      boundaryLength: all.mime_boundary_length_limit,
      headerSize: all.header_size_limit,
      lineLength: all.line_length_limit,
    });
  }

  async #field(given: HeaderField): Promise<string> {
    if (given.name === 'content-type') this.#fields.contentType = given.value;
    else if (given.name === 'content-transfer-encoding') this.#fields.contentEncoding = given.value;
    const { before, text } = await this.#check('header', given.text);
    if (text === undefined) return before;
    const field = text === given.text ? given : headerField(text);
    return `${before}${(await this.#renamed(field)).text}\n`;
  }

  async #renamed(field: HeaderField): Promise<HeaderField> {
    const { generic, mapped, all } = this.#parts;
    if (generic.isEmpty) return field;
    if (!senderFields.has(field.name) && !recipientFields.has(field.name)) return field;
    const list = parseList(field.value, all.header_address_token_limit);
    const addresses: string[] = [];
    for (const address of list.addresses)
      addresses.push(toOctets(await mapped(fromOctets(address))));
    const value = list.render(field.label, addresses, quoteAddress);
    return value === undefined ? field : headerField(`${field.label}:${value}`);
  }

  async #checked(tokens: readonly MimeToken[]): Promise<string> {
    let out = '';
    for (const token of tokens) {
      const isField = token.is === 'field';
      const kind = !isField ? 'body' : token.place === 'part' ? 'mime' : 'nested';
      const { before, text } = await this.#check(kind, isField ? token.field.text : token.text);
      out += before;
      if (text !== undefined) out += text + (isField || token.ended ? '\n' : '');
    }
    return out;
  }

  /** `before`: whole lines. Actions that decide about a message come too late here. @throws {LookupError} */
  async #check(
    kind: ContentClass,
    given: string,
  ): Promise<{ readonly before: string; readonly text: string | undefined }> {
    const { tables, log } = this.#parts;
    const value = await tables.find(kind, given);
    if (value === undefined) return { before: '', text: given };
    const context = kind === 'body' ? 'body' : 'header';
    const action = parseContentAction(value, context);
    const note = (word: string, reason: string): void => {
      const because = reason === '' ? '' : `: ${shownOctets(reason)}`;
      const shown = shownOctets(given.slice(0, maxShown));
      log.info(`${this.#request.queueId}: ${word}: ${context} ${shown}${because}`);
    };
    switch (action.is) {
      case 'none':
        if (action.warning) log.warning(action.warning(tables.parameter(kind)));
        return { before: '', text: given };
      case 'ignore':
        return { before: '', text: undefined };
      case 'strip':
        note('strip', action.text);
        return { before: '', text: undefined };
      case 'warn':
        note('warning', action.text);
        return { before: '', text: given };
      case 'info':
        note('info', action.text);
        return { before: '', text: given };
      case 'replace':
        note('replace', action.text);
        return { before: '', text: action.text };
      case 'prepend':
        note('prepend', action.text);
        return { before: `${action.text}\n`, text: given };
      case 'unknown':
      case 'reject':
      case 'discard':
      case 'hold':
      case 'pass':
      case 'bcc':
      case 'redirect':
      case 'filter':
        log.warning(`unsupported command in ${tables.parameter(kind)} map: ${value}`);
        return { before: '', text: given };
    }
  }
}
