/** cleanup/stage/message-id - logs Message-Id: fields, so that a message can be followed from server to server. */
import { fromOctets } from '../../../lib/protocol/message/octets.js';
import type { Stage } from '../message.js';

export const messageId: Stage = {
  name: 'message-id',
  field(field, { core, queueId, discard }) {
    const { name } = field;
    if (discard) return field; // nothing to follow
    if (name !== 'message-id' && name !== 'resent-message-id') return field;
    const prefix = name === 'message-id' ? '' : 'resent-';
    const value = /\S+/.exec(field.value)?.[0] ?? '';
    core.log.info(`${queueId}: ${prefix}message-id=${fromOctets(value)}`);
    return field;
  },
};
