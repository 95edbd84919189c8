/** before-queue/log - `proxy-accept` and `proxy-reject`: what the filter before the queue said of a message. */
import { logAddress } from '../../../lib/log/log.js';
import { type Reply, serializeReply } from '../../../lib/protocol/smtp/reply.js';
import type { SessionControl } from '../control.js';

export function logFiltered({ state, service }: SessionControl, answer: Reply): void {
  const what = answer.code < 400 ? 'proxy-accept' : 'proxy-reject';
  const { sender = '', recipients = [] } = state.transaction ?? {};
  const first = recipients[0]?.address;
  const to = first === undefined ? '' : ` to=<${logAddress(service.log, first)}>`;
  const who = `from=<${logAddress(service.log, sender)}>${to}`;
  const how = `proto=${state.isEsmtp ? 'ESMTP' : 'SMTP'}${state.helo === '' ? '' : ` helo=<${state.helo}>`}`;
  const text = serializeReply(answer)
    .toString()
    .trimEnd()
    .replace(/[\r\n]/g, '?');
  service.log.info(`${what}: END-OF-MESSAGE: ${text}; ${who} ${how}`);
}
