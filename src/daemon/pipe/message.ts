/** pipe/message - the message as the command gets it: From_, Return-Path, X-Original-To, Delivered-To, content. */
import { fromLine } from '../../lib/agent/mailbox/message.js';
import type { MailboxMessage } from '../../lib/ipc/conversation/mailbox.js';
import type { DeliveryRequest } from '../../lib/ipc/delivery.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import type { PipeAttributes } from './attributes.js';
import { rewriteLines, rewritesLines } from './line-rewriter.js';

export function pipeMessage(
  request: DeliveryRequest,
  attributes: PipeAttributes,
  now: number,
): MailboxMessage {
  const { flags, eol, nullSender } = attributes;
  const sender = request.envelope.sender === '' ? nullSender : request.envelope.sender;
  const [recipient] = request.recipients;
  const line = (name: string, value: string): string =>
    `${name}: ${value.replace(/[\r\n]/g, ' ')}${eol}`;
  let prefix = '';
  if (flags.has('F')) prefix += fromLine(sender, now) + eol;
  if (flags.has('R')) prefix += line('Return-Path', `<${quoteAddress(sender)}>`);
  if (flags.has('O')) prefix += line('X-Original-To', quoteAddress(recipient?.original ?? ''));
  if (flags.has('D')) prefix += line('Delivered-To', quoteAddress(recipient?.address ?? ''));
  const { queueId, size, inline } = request;
  if (rewritesLines(attributes))
    return { queueId, size, prefix, content: () => rewriteLines(request.content(), attributes) };
  return {
    queueId,
    size,
    prefix,
    content: () => request.content(),
    ...(inline === undefined ? {} : { inline }),
  };
}
