/**
 * smtp/content - sends the message: long lines broken, dots doubled, 8-bit parts encoded where the server wants 7.
 *
 * A message that lies in memory leaves in one write, together with what follows it. Postfix: smtp_text_out().
 */
import type { DeliveryRequest } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import { MimeDowngrader } from '../../lib/protocol/message/downgrade.js';
import { isAscii } from '../../lib/protocol/message/octets.js';
import { DotEncoder } from '../../lib/protocol/smtp/dot.js';
import { LineLimiter } from '../../lib/protocol/smtp/line-limit.js';
import type { ClientSettings } from './client-settings.js';
import type { Connection } from './connection.js';

export interface ContentOptions {
  readonly settings: ClientSettings;
  readonly log: Log;
  /** Encode what is 8-bit. */
  readonly downgrade: boolean;
  /** Goes in the same write as the final dot: QUIT, or ''. */
  readonly after: string;
}

export const sendingBody = 'sending message body';

/** Returns when the final dot was written, or the connection is lost. @throws {Trouble} the server takes nothing */
export async function sendContent(
  connection: Connection,
  request: Pick<DeliveryRequest, 'queueId' | 'inline' | 'content'>,
  { settings, log, downgrade, after }: ContentOptions,
): Promise<void> {
  const limiter = new LineLimiter(settings.line_length_limit);
  const encoder = new DotEncoder();
  const downgrader = downgrade ? new MimeDowngrader() : undefined;
  const wire = (chunk: Uint8Array): string => {
    const text = latin1(chunk);
    return encoder.encode(limiter.apply(downgrader ? downgrader.apply(text) : text));
  };
  const rest = (): string => {
    const last = downgrader ? encoder.encode(limiter.apply(downgrader.end())) : '';
    return `${last}${encoder.end()}${after}`;
  };
  if (request.inline) {
    connection.write(wire(request.inline) + rest());
  } else {
    for await (const chunk of request.content()) {
      if (!connection.write(wire(chunk)))
        await connection.drained(sendingBody, settings.data_xfer_timeout);
      // A server that hangs up in the middle may have said why.
      if (connection.isLost) return;
    }
    connection.write(rest());
  }
  if (limiter.brokeLine)
    log.info(
      `${request.queueId}: breaking line > ${settings.line_length_limit} bytes with <CR><LF>SPACE`,
    );
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** Any byte above 127 in the header section: only SMTPUTF8 may carry that. */
export async function has8BitHeader(request: DeliveryRequest): Promise<boolean> {
  let text = '';
  for await (const chunk of request.inline ? [request.inline] : request.content()) {
    text += latin1(chunk);
    const end = text.indexOf('\n\n');

    if (!isAscii(end < 0 ? text : text.slice(0, end))) return true;
    if (end >= 0) return false;
    text = text.slice(-1);
  }
  return false;
}
