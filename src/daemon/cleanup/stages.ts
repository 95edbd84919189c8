/** cleanup/stages - the steps of cleanup in their order. */
import type { Stage } from './message.js';
import { bcc } from './stage/bcc.js';
import { bodyType } from './stage/body-type.js';
import { completeAddresses } from './stage/complete-addresses.js';
import { contentChecks } from './stage/content-checks.js';
import { dropFields } from './stage/drop-fields.js';
import { duplicates } from './stage/duplicates.js';
import { extractRecipients } from './stage/extract-recipients.js';
import { hopCount } from './stage/hop-count.js';
import { messageId } from './stage/message-id.js';
import { missingFields } from './stage/missing-fields.js';
import { noteFields } from './stage/note-fields.js';
import { received } from './stage/received.js';
import { recipientAddresses } from './stage/recipient-addresses.js';
import { senderAddress } from './stage/sender-address.js';
import { simulatedSession } from './stage/simulated-session.js';
import { smtputf8 } from './stage/smtputf8.js';
import { verpRequest } from './stage/verp-request.js';
import { virtualAliases } from './stage/virtual-aliases.js';

export const stages: readonly Stage[] = [
  senderAddress,
  received,
  contentChecks,
  hopCount,
  noteFields,
  messageId,
  bodyType,
  extractRecipients,
  dropFields,
  completeAddresses,
  missingFields,
  smtputf8,
  verpRequest,
  recipientAddresses,
  simulatedSession,
  bcc,
  virtualAliases,
  duplicates,
];
