/** cleanup/stage/hop-count - a message that passed hopcount_limit servers, ours counted, is in a loop. */
import type { Stage } from '../message.js';
import { refusals } from '../refusal.js';

export const hopCount: Stage = {
  name: 'hop-count',
  field(field, message) {
    if (field.name !== 'received') return field;
    const { core, queueId } = message;
    message.hops += 1;
    if (message.hops >= core.settings.hopcount_limit && !message.refusal) {
      core.log.warning(`${queueId}: message rejected: hopcount exceeded`);
      message.refusal = refusals.tooManyHops;
    }
    return field;
  },
};
