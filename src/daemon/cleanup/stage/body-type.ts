/**
 * cleanup/stage/body-type - mail whose header says 8bit is 8-bit mail, whatever the client said of it.
 *
 * So that programs that know nothing of BODY= get it handed on, and converted where it must be. Of the parts of a
 * multipart only the whole message's own header counts here. Postfix: detect_8bit_encoding_header.
 * Standard: RFC 6152.
 */
import type { Stage } from '../message.js';

export const bodyType: Stage = {
  name: 'body-type',
  field(field, message) {
    const { envelope, core } = message;
    if (
      field.name === 'content-transfer-encoding' &&
      core.settings.detect_8bit_encoding_header &&
      /^\s*(?:8bit|binary)$/i.test(field.value)
    )
      message.envelope = { ...envelope, bodyType: '8BITMIME' };
    return field;
  },
};
