/**
 * cleanup/stage/complete-addresses - `joe` becomes `joe@$myorigin` in header fields, and what canonical_maps make of it.
 *
 * For our own clients (local_header_rewrite_clients), and with remote_header_rewrite_domain for others too.
 * Postfix: cleanup_message.c, ADDRESS_REWRITING_README.
 */
import { type AddressList, parseList } from '../../../lib/protocol/address/list.js';
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import { headerField, type HeaderField } from '../../../lib/protocol/message/header.js';
import { recipientFields, senderFields } from '../../../lib/protocol/message/header-names.js';
import { fromOctets, toOctets } from '../../../lib/protocol/message/octets.js';
import { type Message, type Stage, usesCanonical } from '../message.js';

// One complete address, with or without a plain name: nothing to do, found without parsing.
const complete =
  /^[ \t]*(?:(?:[\w!#$%&'*+/=?^`{|}~\-\x80-\xff][\w !#$%&'*+/=?^`{|}~\-\x80-\xff]*)?<)?[\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[\w-]+)+>?[ \t]*$/;

export const completeAddresses: Stage = {
  name: 'complete-addresses',
  field(field, message) {
    if (!senderFields.has(field.name) && !recipientFields.has(field.name)) return field;
    const context = contextOf(message);
    if (context === undefined || complete.test(field.value)) return field;
    const { list, addresses } = completed(field, message, context);
    return withAddresses(field, list, addresses);
  },
  async fieldSlowly(field, message) {
    const isSender = senderFields.has(field.name);
    if (!isSender && !recipientFields.has(field.name)) return field;
    const context = contextOf(message);
    if (context === undefined) return field;
    const place = isSender ? 'header_sender' : 'header_recipient';
    const isMapped = usesCanonical(message, place);
    if (!isMapped && complete.test(field.value)) return field;
    const { list, addresses } = completed(field, message, context);
    if (!isMapped) return withAddresses(field, list, addresses);
    const { core, queueId } = message;
    const mapped: string[] = [];
    for (const address of addresses) {
      const target = await core.canonical?.apply(fromOctets(address), place, queueId);
      mapped.push(target === undefined ? address : toOctets(target));
    }
    return withAddresses(field, list, mapped);
  },
};

function contextOf({ options, core }: Message): 'local' | 'remote' | undefined {
  if (options.localRewrite) return 'local';
  return core.settings.remote_header_rewrite_domain === '' ? undefined : 'remote';
}

function completed(field: HeaderField, { core }: Message, context: 'local' | 'remote') {
  const list = parseList(field.value, core.settings.header_address_token_limit);
  const addresses = list.addresses.map((address) => core.rewrite.rewrite(address, context));
  return { list, addresses };
}

function withAddresses(
  field: HeaderField,
  list: AddressList,
  addresses: readonly string[],
): HeaderField {
  const value = list.render(field.label, addresses, quoteAddress);
  return value === undefined ? field : headerField(`${field.label}:${value}`);
}
