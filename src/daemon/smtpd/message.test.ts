import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../testing/settings.js';
import { receivedText } from './message.js';

function received(settings: Readonly<Record<string, string>>, recipient?: string): string {
  const session = {
    service: { settings: testSettings({ myhostname: 'mx.test', ...settings }) },
    state: {
      client: { name: 'pc.test', address: '192.0.2.9' },
      helo: 'laptop',
      isEsmtp: true,
      login: { method: 'PLAIN', user: 'taro' },
      tls: { received: '\t(using TLSv1.3 with cipher X)\n' },
    },
  } as unknown as Parameters<typeof receivedText>[0];
  const transaction = { smtputf8: false } as Parameters<typeof receivedText>[1];
  return receivedText(session, transaction, 'QID', recipient);
}

test('Received: names the client, how it came, and who it logged in as where that is wanted', () => {
  assert.equal(
    received({ smtpd_sasl_authenticated_header: 'yes' }, 'b@x.test'),
    'from laptop (pc.test [192.0.2.9])\n\t(using TLSv1.3 with cipher X)\n' +
      '\t(Authenticated sender: taro)\n\tby mx.test (Postfix) with ESMTPSA id QID\n\tfor <b@x.test>',
  );
});

test('smtpd_hide_client_session leaves nothing of the client in Received:', () => {
  const hidden = { smtpd_hide_client_session: 'yes', smtpd_sasl_authenticated_header: 'yes' };
  assert.equal(received(hidden, 'b@x.test'), 'by mx.test (Postfix) id QID\n\tfor <b@x.test>');
  assert.equal(received(hidden), 'by mx.test (Postfix) id QID\n\t');
});
