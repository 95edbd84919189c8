/**
 * pipe/macros - the command's arguments for one request: `${sender}`, `${recipient}` and the others; pure.
 *
 * An argument that speaks of recipients becomes as many as there are recipients. No value is expanded again, and none
 * becomes more than one argument. Standard: pipe(8). Postfix: expand_argv() of pipe.c.
 */
import type { DeliveryRecipient, DeliveryRequest } from '../../lib/ipc/delivery.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { quoteAddress, splitAddress } from '../../lib/protocol/address/quote.js';
import { own } from '../../lib/util/own.js';
import type { PipeAttributes } from './attributes.js';

/** A name that pipe(8) does not know, or an address without a part that was asked for. */
export class MacroError extends Error {}

type Values = Readonly<Record<string, (recipient: DeliveryRecipient) => string>>;

const ofRecipient = new Set([
  'domain',
  'extension',
  'mailbox',
  'original_recipient',
  'recipient',
  'user',
]);

const reference = /\$(?:(\$)|\{(\w*)\}|\((\w*)\)|(\w*))/g;

/** @throws {MacroError} */
export function expandArguments(
  { argv, flags, nullSender }: Pick<PipeAttributes, 'argv' | 'flags' | 'nullSender'>,
  request: DeliveryRequest,
  recipientDelimiter: string,
): string[] {
  const values = valuesOf(request, flags, nullSender, recipientDelimiter);
  return argv.flatMap((argument) => {
    const mentioned = [...argument.matchAll(reference)].map((match) => nameOf(match));
    if (mentioned.includes('')) throw new MacroError(`empty macro name: "${argument}"`);
    const unknown = mentioned.find((name) => name !== '$' && own(values, name) === undefined);
    if (unknown !== undefined)
      throw new MacroError(`unknown macro name: "${unknown}" in ${argument}`);
    const recipients = mentioned.some((name) => ofRecipient.has(name))
      ? request.recipients
      : request.recipients.slice(0, 1);
    return recipients.map((recipient) =>
      argument.replace(reference, (...match) => {
        const name = nameOf(match);
        return name === '$' ? '$' : (own(values, name)?.(recipient) ?? '');
      }),
    );
  });
}

function nameOf(match: RegExpMatchArray): string {
  return match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
}

function valuesOf(
  request: DeliveryRequest,
  flags: PipeAttributes['flags'],
  nullSender: string,
  recipientDelimiter: string,
): Values {
  const { envelope, nexthop, queueId, size } = request;
  const { client } = envelope;
  const foldLocal = (text: string): string => (flags.has('u') ? text.toLowerCase() : text);
  const foldDomain = (text: string): string => (flags.has('h') ? text.toLowerCase() : text);
  const quoted = (text: string): string => (flags.has('q') ? quoteAddress(text) : text);
  const whole = (address: string): string => {
    const { local, domain } = splitAddress(address);
    return quoted(
      domain === undefined ? foldLocal(local) : `${foldLocal(local)}@${foldDomain(domain)}`,
    );
  };
  const mailbox = (recipient: DeliveryRecipient): string => {
    const { local } = splitAddress(recipient.address);
    if (local === '') throw new MacroError(`no local part in ${recipient.address}`);
    return foldLocal(local);
  };
  const parts = (recipient: DeliveryRecipient): ReturnType<typeof splitExtension> =>
    splitExtension(mailbox(recipient), recipientDelimiter);
  const always = (text: string | undefined) => (): string => text ?? '';
  return {
    client_address: always(client.address),
    client_helo: always(client.helo),
    client_hostname: always(client.name),
    client_port: always(client.port > 0 ? String(client.port) : ''),
    client_protocol: always(client.protocol),
    domain: ({ address }) => {
      const { domain } = splitAddress(address);
      if (domain === undefined) throw new MacroError(`no @ in recipient address: ${address}`);
      return foldDomain(domain);
    },
    extension: (recipient) => parts(recipient).extension ?? '',
    mailbox,
    nexthop: always(foldDomain(nexthop)),
    original_recipient: ({ original }) => whole(original),
    queue_id: always(queueId),
    recipient: ({ address }) => whole(address),
    sasl_method: always(client.saslMethod),
    sasl_sender: always(client.saslSender),
    sasl_username: always(client.saslUsername),
    sender: always(quoted(envelope.sender === '' ? nullSender : envelope.sender)),
    size: always(String(size)),
    user: (recipient) => parts(recipient).user,
  };
}
