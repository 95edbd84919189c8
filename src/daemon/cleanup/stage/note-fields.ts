/** cleanup/stage/note-fields - remembers which fields the header has, those that are dropped later too. */
import { isResentField, recipientFields } from '../../../lib/protocol/message/header-names.js';
import type { Stage } from '../message.js';

const asked = new Set(['date', 'from', 'message-id']);

/** In `seen`: some field names recipients, and everyone may see it. */
export const anyRecipient = '(recipient)';

export const noteFields: Stage = {
  name: 'note-fields',
  field(field, message) {
    const { name } = field;
    const isResent = isResentField(name);
    if (isResent) message.isResent = true;
    if (asked.has(isResent ? name.slice('resent-'.length) : name)) message.seen.add(name);
    if (recipientFields.has(name) && !name.endsWith('bcc')) message.seen.add(anyRecipient);
    return field;
  },
};
