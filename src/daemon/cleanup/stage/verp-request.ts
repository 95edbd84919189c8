/** cleanup/stage/verp-request - a request for VERP that cannot be met is dropped: the message is sent as any other. */
import { areVerpDelimiters } from '../../../lib/protocol/address/verp.js';
import type { Stage } from '../message.js';

export const verpRequest: Stage = {
  name: 'verp-request',
  envelope(message) {
    const { core, envelope, queueId } = message;
    const { verp, ...others } = envelope;
    if (verp === undefined) return;
    const isUsable = areVerpDelimiters(verp, core.settings.verp_delimiter_filter);
    if (isUsable && envelope.sender !== '') return;
    core.log.warning(
      isUsable
        ? `${queueId}: ignoring VERP request for null sender`
        : `${queueId}: ignoring bad VERP request: "${verp}"`,
    );
    message.envelope = others;
  },
};
