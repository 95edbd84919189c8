import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testEnvelope } from '../../testing/queue-store-conformance.js';
import type { MessageInfo, StoredRecipient } from '../../lib/queue/store.js';
import { envelopeRecords, queueFileName } from './envelope.js';
import { LinePrefix } from './line-prefix.js';

const message: MessageInfo = {
  queueId: '50087210201',
  state: 'deferred',
  envelope: {
    ...testEnvelope,
    sender: 'b@y.test',
    arrival: new Date(2026, 10, 24, 11, 3, 44).getTime(),
    client: {
      name: 'localhost',
      reverseName: 'localhost',
      address: '127.0.0.1',
      port: 58262,
      helo: 'me.test',
      protocol: 'ESMTP',
    },
    bodyType: '8BITMIME',
    dsnRet: 'FULL',
    dsnEnvid: 'abc',
  },
  size: 312,
  recipientCount: 2,
  due: 0,
  warned: false,
  forceExpire: false,
};

const recipients: readonly StoredRecipient[] = [
  {
    index: 0,
    status: 'pending',
    address: 'q r@retry.test',
    original: 'q r@retry.test',
    dsnNotify: 4,
    dsnOrcpt: 'rfc822;q r@retry.test',
  },
  { index: 1, status: 'done', address: 'v@x.test', original: 'alias@x.test', dsnNotify: 0 },
];

// As Debian's postcat printed it, without what is not kept (rewrite_context, server_address, server_port).
const printed = `67 message_size:             312               0               2               0             312               0
84 message_arrival_time: Tue Nov 24 11:03:44 2026
65 create_time: Tue Nov 24 11:03:44 2026
65 named_attribute: log_ident=50087210201
65 named_attribute: envelope_id=abc
65 named_attribute: ret_flags=1
83 sender: b@y.test
65 named_attribute: encoding=8bit
65 named_attribute: log_client_name=localhost
65 named_attribute: log_client_address=127.0.0.1
65 named_attribute: log_client_port=58262
65 named_attribute: log_message_origin=localhost[127.0.0.1]
65 named_attribute: log_helo_name=me.test
65 named_attribute: log_protocol_name=ESMTP
65 named_attribute: client_name=localhost
65 named_attribute: reverse_client_name=localhost
65 named_attribute: client_address=127.0.0.1
65 named_attribute: client_port=58262
65 named_attribute: helo_name=me.test
65 named_attribute: protocol_name=ESMTP
65 named_attribute: client_address_type=2
65 named_attribute: notify_flags=4
65 named_attribute: dsn_orig_rcpt=rfc822;q r@retry.test
79 original_recipient: q r@retry.test
82 recipient: q r@retry.test
79 original_recipient: alias@x.test
68 done_recipient: v@x.test`;

test('the envelope is shown as the records of a queue file', () => {
  const lines = [...envelopeRecords(message, recipients)].map(
    ({ type, text }) => `${type} ${text}`,
  );
  assert.equal(lines.join('\n'), printed);
});

test('messages are named as files of Postfix', () => {
  assert.equal(queueFileName(message), 'deferred/5/50087210201');
  assert.equal(queueFileName({ ...message, state: 'hold' }), 'hold/50087210201');
  assert.equal(queueFileName({ ...message, state: 'incoming' }), 'active/50087210201');
});

test('a prefix comes before each line, wherever the chunks end', () => {
  const text = 'a\n\nbc\nd';
  for (let cut = 0; cut <= text.length; cut += 1) {
    const lines = new LinePrefix('> ');
    const chunks = [text.slice(0, cut), text.slice(cut)].map((part) =>
      lines.mark(Buffer.from(part)),
    );
    assert.equal(Buffer.concat(chunks).toString(), '> a\n> \n> bc\n> d');
  }
});
