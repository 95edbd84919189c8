/**
 * sendmail/header-recipients - `sendmail -t`: the recipients that the header names; no I/O.
 *
 * Resent-To:, Resent-Cc: and Resent-Bcc: count alone where there are any. Standard: RFC 5322 section 3.6.6.
 */
import { parseAddressList } from '../../lib/protocol/address/list.js';
import { isResentField, recipientFields } from '../../lib/protocol/message/header-names.js';
import { HeaderScanner } from '../../lib/protocol/message/header.js';
import { fromOctets } from '../../lib/protocol/message/octets.js';

export class HeaderRecipients {
  readonly #plain: string[] = [];
  readonly #resent: string[] = [];
  #isResent = false;
  #isOver = false;
  readonly #scanner: HeaderScanner;

  constructor(headerSizeLimit: number, tokenLimit: number) {
    this.#scanner = new HeaderScanner(
      {
        field: ({ name, value }) => {
          if (!recipientFields.has(name)) return;
          const isResent = isResentField(name);
          this.#isResent ||= isResent;
          const list = isResent ? this.#resent : this.#plain;
          for (const address of parseAddressList(value, tokenLimit)) list.push(fromOctets(address));
        },
        end: () => {
          this.#isOver = true;
        },
        body: () => undefined,
      },
      headerSizeLimit,
    );
  }

  write(content: Buffer): void {
    if (!this.#isOver) void this.#scanner.write(content);
  }

  end(): readonly string[] {
    if (!this.#isOver) void this.#scanner.end();
    return this.#isResent ? this.#resent : this.#plain;
  }
}
