/** cleanup/stage/drop-fields - fields of message_drop_headers: Bcc:, Return-Path: and others do not go on. */
import type { Stage } from '../message.js';

export const dropFields: Stage = {
  name: 'drop-fields',
  field: (field, { core }) => (core.droppedFields.has(field.name) ? undefined : field),
};
