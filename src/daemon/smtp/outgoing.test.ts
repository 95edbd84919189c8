import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientBench } from '../../testing/smtp-client-bench.js';
import { startSmtpPeer } from '../../testing/smtp-peer.js';

const content =
  'From: joe@example.test\nSubject: x\nX-Old: yes\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX-Part: yes\n\nold\n.dot\n--b--\n';
const tables = {
  generic: { 'joe@example.test': 'joe@provider.example', 'sue@far.example': 'other@far.example' },
  h: { 'x-old: yes': 'IGNORE', 'subject: x': 'REJECT no such action here' },
  m: { 'x-part: yes': 'PREPEND X-Seen: part' },
  b: { old: 'REPLACE new' },
};
const settings = {
  smtp_generic_maps: 'hash:generic',
  smtp_header_checks: 'hash:h',
  smtp_mime_header_checks: 'hash:m',
  smtp_body_checks: 'hash:b',
};

test('addresses, fields and lines leave as the tables say, wherever the content is cut', async () => {
  for (const pieces of [undefined, 11, 1]) {
    const peer = await startSmtpPeer();
    const bench = clientBench({ settings, tables });
    const outcomes = await bench.outcomes({
      nexthop: `[127.0.0.1]:${peer.port}`,
      envelope: { sender: 'joe@example.test' },
      recipients: ['sue@far.example'],
      content,
      ...(pieces === undefined ? {} : { pieces }),
    });
    assert.match(outcomes[0] ?? '', /^sent /);
    assert.deepEqual(peer.lines.slice(1, 3), [
      'MAIL FROM:<joe@provider.example>',
      'RCPT TO:<other@far.example>',
    ]);
    assert.equal(
      peer.messages[0]?.replaceAll('\r\n', '\n'),
      'From: joe@provider.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX-Seen: part\nX-Part: yes\n\nnew\n..dot\n--b--\n',
    );
    assert.match(bench.log.lines.join('\n'), /unsupported command in smtp_header_checks map/);
    await peer.close();
  }
});

test('a table in trouble keeps the mail waiting', async () => {
  const peer = await startSmtpPeer();
  const bench = clientBench({ settings: { smtp_body_checks: 'broken:x' } });
  const [outcome = ''] = await bench.outcomes({ nexthop: `[127.0.0.1]:${peer.port}` });
  assert.match(outcome, /^deferred 4\.3\.0 /);
  assert.equal(peer.messages.length, 0);
  await peer.close();
});
