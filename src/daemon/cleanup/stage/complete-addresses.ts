/**
 * cleanup/stage/complete-addresses - `joe` becomes `joe@$myorigin` in header fields.
 *
 * For our own clients (local_header_rewrite_clients), and with remote_header_rewrite_domain for others too.
 * Postfix: cleanup_message.c, ADDRESS_REWRITING_README.
 */
import { parseList } from '../../../lib/protocol/address/list.js';
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import { headerField, type HeaderField } from '../../../lib/protocol/message/header.js';
import { recipientFields, senderFields } from '../../../lib/protocol/message/header-names.js';
import type { Message, Stage } from '../message.js';

// One complete address, with or without a plain name: nothing to do, found without parsing.
const complete =
  /^[ \t]*(?:(?:[\w!#$%&'*+/=?^`{|}~\-\x80-\xff][\w !#$%&'*+/=?^`{|}~\-\x80-\xff]*)?<)?[\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[\w-]+)+>?[ \t]*$/;

export const completeAddresses: Stage = {
  name: 'complete-addresses',
  field(field, message) {
    if (!senderFields.has(field.name) && !recipientFields.has(field.name)) return field;
    const context = contextOf(message);
    if (context === undefined || complete.test(field.value)) return field;
    return rewritten(field, message, context);
  },
};

function contextOf({ options, core }: Message): 'local' | 'remote' | undefined {
  if (options.localRewrite) return 'local';
  return core.settings.remote_header_rewrite_domain === '' ? undefined : 'remote';
}

function rewritten(
  field: HeaderField,
  { core }: Message,
  context: 'local' | 'remote',
): HeaderField {
  const list = parseList(field.value, core.settings.header_address_token_limit);
  const addresses = list.addresses.map((address) => core.rewrite.rewrite(address, context));
  const value = list.render(field.label, addresses, quoteAddress);
  return value === undefined ? field : headerField(`${field.label}:${value}`);
}
