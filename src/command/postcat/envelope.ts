/**
 * postcat/envelope - the envelope of a message as the records of a Postfix queue file; pure.
 *
 * What Postfix keeps and Hikyaku does not need is left out: rewrite_context, the server's address, record pointers.
 */
import type { ClientInfo } from '../../lib/ipc/envelope.js';
import type { MessageInfo, StoredRecipient } from '../../lib/queue/store.js';
import { mailboxDate } from '../../lib/sys/ctime.js';

export interface QueueRecord {
  /** As postcat -d shows it: the letter of the record's type, in decimal. */
  readonly type: string;
  readonly text: string;
}

const sizeWidth = 15;
const retFlags = { '': 0, FULL: 1, HDRS: 2 } as const;

/** As found in queue files: `deferred/8/8B94D210058`. */
export function queueFileName({ queueId, state }: MessageInfo): string {
  if (state === 'deferred') return `deferred/${queueId.slice(0, 1)}/${queueId}`;
  return `${state === 'hold' ? 'hold' : 'active'}/${queueId}`;
}

export function* envelopeRecords(
  message: MessageInfo,
  recipients: Iterable<StoredRecipient>,
): Iterable<QueueRecord> {
  const { envelope, size, recipientCount, queueId } = message;
  const { client } = envelope;
  const sizes = [size, 0, recipientCount, 0, size, envelope.smtputf8 ? 1 : 0];
  const arrival = mailboxDate(envelope.arrival);
  yield record('C', `message_size: ${sizes.map((n) => String(n).padStart(sizeWidth)).join(' ')}`);
  yield record('T', `message_arrival_time: ${arrival}`);
  yield record('A', `create_time: ${arrival}`);
  if (client.address !== '') yield attribute('log_ident', queueId);
  if (envelope.dsnEnvid !== '') yield attribute('envelope_id', envelope.dsnEnvid);
  if (envelope.dsnRet !== '') yield attribute('ret_flags', retFlags[envelope.dsnRet]);
  if (envelope.contentFilter !== '') yield record('L', `content_filter: ${envelope.contentFilter}`);
  yield record('S', `sender: ${envelope.sender}`);
  if (envelope.verp !== undefined) yield record('V', `verp_delimiters: ${envelope.verp}`);
  if (envelope.bodyType !== '')
    yield attribute('encoding', envelope.bodyType === '8BITMIME' ? '8bit' : '7bit');
  if (client.address !== '') yield* clientRecords(client);
  for (const { dsnNotify, dsnOrcpt, original, address, status } of recipients) {
    if (dsnNotify !== 0) yield attribute('notify_flags', dsnNotify);
    if (dsnOrcpt !== undefined) yield attribute('dsn_orig_rcpt', dsnOrcpt);
    yield record('O', `original_recipient: ${original}`);
    if (status === 'pending') yield record('R', `recipient: ${address}`);
    else yield record('D', `done_recipient: ${address}`);
  }
}

function* clientRecords(client: ClientInfo): Iterable<QueueRecord> {
  yield attribute('log_client_name', client.name);
  yield attribute('log_client_address', client.address);
  yield attribute('log_client_port', client.port);
  yield attribute('log_message_origin', `${client.name}[${client.address}]`);
  yield attribute('log_helo_name', client.helo);
  yield attribute('log_protocol_name', client.protocol);
  yield attribute('client_name', client.name);
  yield attribute('reverse_client_name', client.reverseName);
  yield attribute('client_address', client.address);
  yield attribute('client_port', client.port);
  yield attribute('helo_name', client.helo);
  yield attribute('protocol_name', client.protocol);
  yield attribute('client_address_type', client.address.includes(':') ? 10 : 2); // AF_INET6, AF_INET
  if (client.saslMethod !== undefined) yield attribute('sasl_method', client.saslMethod);
  if (client.saslUsername !== undefined) yield attribute('sasl_username', client.saslUsername);
  if (client.saslSender !== undefined) yield attribute('sasl_sender', client.saslSender);
}

function record(letter: string, text: string): QueueRecord {
  return { type: String(letter.charCodeAt(0)), text };
}

function attribute(name: string, value: string | number): QueueRecord {
  return record('A', `named_attribute: ${name}=${value}`);
}
