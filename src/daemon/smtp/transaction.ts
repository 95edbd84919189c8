/**
 * smtp/transaction - one message over one connection: MAIL, RCPT, DATA, content; an outcome for each recipient.
 *
 * With PIPELINING the envelope leaves in one write. What the server said of a recipient is that recipient's outcome;
 * what it said of the message is every recipient's. Standards: RFC 5321, RFC 2920, RFC 1870, RFC 6152, RFC 3461.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { Delivery, DeliveryRecipient, DeliveryRequest } from '../../lib/ipc/delivery.js';
import { dsnNotify } from '../../lib/ipc/envelope.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import { encodeXtext } from '../../lib/protocol/dsn/xtext.js';
import { DotEncoder } from '../../lib/protocol/smtp/dot.js';
import { type Reply, replyText } from '../../lib/protocol/smtp/reply.js';
import type { Connection } from './connection.js';
import { dsnOf, said, Trouble } from './trouble.js';

export type Outcome = Omit<Delivery, 'time'>;

export type TimeoutSettings = Pick<
  Settings,
  | 'smtp_mail_timeout'
  | 'smtp_rcpt_timeout'
  | 'smtp_data_init_timeout'
  | 'smtp_data_xfer_timeout'
  | 'smtp_data_done_timeout'
>;

export interface TransactionOptions {
  readonly connection: Connection;
  readonly request: DeliveryRequest;
  readonly recipients: readonly DeliveryRecipient[];
  readonly settings: TimeoutSettings;
  readonly lmtp: boolean;
}

/**
 * @returns an outcome for each recipient
 * @throws {Trouble} before the content was sent: nothing was decided for the recipients that have no outcome
 */
export async function sendMessage(options: TransactionOptions): Promise<Map<number, Outcome>> {
  const { connection, request, recipients, settings } = options;
  const outcomes = new Map<number, Outcome>();
  refuseImpossible(connection, request);
  const pipelining = connection.offersKeyword('PIPELINING');
  const commands = [
    mailCommand(connection, request),
    ...recipients.map((recipient) => rcptCommand(connection, recipient)),
    'DATA',
  ];
  if (pipelining) connection.write(`${commands.join('\r\n')}\r\n`);
  const send = (index: number): void => {
    if (!pipelining) connection.write(`${commands[index] ?? ''}\r\n`);
  };

  send(0);
  const mail = await connection.reply('sending MAIL FROM', settings.smtp_mail_timeout * 1000);
  if (mail.code >= 400 && !pipelining) throw ofMessage(connection, mail, 'MAIL FROM');

  const accepted: DeliveryRecipient[] = [];
  for (const [index, recipient] of recipients.entries()) {
    send(index + 1);
    const answer = await connection.reply('sending RCPT TO', settings.smtp_rcpt_timeout * 1000);
    if (mail.code >= 400) continue;
    if (answer.code < 400) accepted.push(recipient);
    else outcomes.set(recipient.index, refusal(connection, answer, 'RCPT TO'));
  }
  if (accepted.length === 0 && !pipelining) {
    await connection.command('RSET', 'sending RSET', settings.smtp_rcpt_timeout * 1000);
    return outcomes;
  }
  send(commands.length - 1);
  const start = await connection.reply(
    'sending DATA command',
    settings.smtp_data_init_timeout * 1000,
  );
  if (mail.code >= 400) {
    if (start.code === 354) await endEmpty(options);
    throw ofMessage(connection, mail, 'MAIL FROM');
  }
  if (accepted.length === 0) {
    // A server that wants content for nobody gets none, and the connection is not used again.
    if (start.code === 354) await endEmpty(options);
    return outcomes;
  }
  if (start.code !== 354) {
    for (const { index } of accepted) outcomes.set(index, refusal(connection, start, 'DATA'));
    return outcomes;
  }
  await sendContent(options);
  const doing = 'sending end of data -- message may be sent more than once';
  if (options.lmtp) {
    for (const { index } of accepted)
      outcomes.set(
        index,
        final(connection, await connection.reply(doing, settings.smtp_data_done_timeout * 1000)),
      );
    return outcomes;
  }
  const done = await connection.reply(doing, settings.smtp_data_done_timeout * 1000);
  for (const { index } of accepted) outcomes.set(index, final(connection, done));
  return outcomes;
}

function refuseImpossible(connection: Connection, request: DeliveryRequest): void {
  const { size } = connection.offers;
  if (size > 0 && request.size > size) {
    throw new Trouble(
      '5.3.4',
      `message size ${request.size} exceeds size limit ${size} of server ${connection.label}`,
      { ofSite: false },
    );
  }
  if (request.envelope.smtputf8 && !connection.offersKeyword('SMTPUTF8')) {
    const needs = /[^\x00-\x7f]/.test(
      request.envelope.sender + request.recipients.map(({ address }) => address).join(''),
    );
    if (needs)
      throw new Trouble(
        '5.6.7',
        `SMTPUTF8 is required, but was not offered by host ${connection.label}`,
        { ofSite: false },
      );
  }
}

function mailCommand(connection: Connection, { envelope, size }: DeliveryRequest): string {
  const parts = [`MAIL FROM:<${quoteAddress(envelope.sender)}>`];
  if (connection.offersKeyword('SIZE')) parts.push(`SIZE=${size}`);
  if (connection.offersKeyword('8BITMIME') && envelope.bodyType === '8BITMIME')
    parts.push('BODY=8BITMIME');
  if (envelope.smtputf8 && connection.offersKeyword('SMTPUTF8')) parts.push('SMTPUTF8');
  if (connection.offersKeyword('DSN')) {
    if (envelope.dsnRet !== '') parts.push(`RET=${envelope.dsnRet}`);
    if (envelope.dsnEnvid !== '') parts.push(`ENVID=${encodeXtext(envelope.dsnEnvid)}`);
  }
  return parts.join(' ');
}

const notifyNames = Object.entries(dsnNotify).map(
  ([name, bit]) => [name.toUpperCase(), bit] as const,
);

function rcptCommand(connection: Connection, recipient: DeliveryRecipient): string {
  const parts = [`RCPT TO:<${quoteAddress(recipient.address)}>`];
  if (connection.offersKeyword('DSN')) {
    const wanted = notifyNames
      .filter(([, bit]) => (recipient.dsnNotify & bit) !== 0)
      .map(([name]) => name);
    if (wanted.length > 0) parts.push(`NOTIFY=${wanted.join(',')}`);
    const orcpt =
      recipient.dsnOrcpt ??
      (recipient.dsnNotify !== 0 && recipient.original !== ''
        ? `rfc822;${quoteAddress(recipient.original)}`
        : undefined);
    if (orcpt !== undefined) {
      const separator = orcpt.indexOf(';');
      parts.push(`ORCPT=${orcpt.slice(0, separator)};${encodeXtext(orcpt.slice(separator + 1))}`);
    }
  }
  return parts.join(' ');
}

async function sendContent({ connection, request, settings }: TransactionOptions): Promise<void> {
  const encoder = new DotEncoder();
  if (request.inline) {
    connection.write(
      Buffer.from(
        encoder.encode(Buffer.from(request.inline).toString('latin1')) + encoder.end(),
        'latin1',
      ),
    );
    return;
  }
  for await (const chunk of request.content()) {
    if (
      !connection.write(
        Buffer.from(encoder.encode(Buffer.from(chunk).toString('latin1')), 'latin1'),
      )
    )
      await connection.drained('sending message body', settings.smtp_data_xfer_timeout * 1000);
  }
  connection.write(encoder.end());
}

/** The server waits for content although no recipient stands. */
async function endEmpty({ connection, settings }: TransactionOptions): Promise<void> {
  await connection.command('.', 'sending end of data', settings.smtp_data_done_timeout * 1000);
}

function ofMessage(connection: Connection, answer: Reply, command: string): Trouble {
  return new Trouble(dsnOf(answer), said(connection.label, answer, command), {
    ofSite: false,
    reply: answer,
  });
}

function refusal(connection: Connection, answer: Reply, command: string): Outcome {
  return {
    action: answer.code >= 500 ? 'bounced' : 'deferred',
    dsn: dsnOf(answer),
    text: said(connection.label, answer, command),
    relay: connection.relay,
    remoteMta: connection.server.host,
    diagnosticType: 'smtp',
    diagnostic: replyText(answer),
  };
}

function final(connection: Connection, answer: Reply): Outcome {
  if (answer.code >= 400) return refusal(connection, answer, 'end of DATA');
  return {
    action: 'sent',
    dsn: answer.enhanced === '' ? '2.0.0' : answer.enhanced,
    text: replyText(answer),
    relay: connection.relay,
    remoteMta: connection.server.host,
    diagnosticType: 'smtp',
    diagnostic: replyText(answer),
    ...(connection.offersKeyword('DSN') ? {} : { dsnAction: 'relayed' as const }),
  };
}
