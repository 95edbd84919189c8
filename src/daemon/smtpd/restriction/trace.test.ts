import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedResolver } from '../../../lib/map/recorded-resolver.js';
import { replyText } from '../../../lib/protocol/smtp/reply.js';
import { fakeDicts } from '../../../testing/fake-dicts.js';
import { fakeDns } from '../../../testing/fake-dns.js';
import { converse, listenOn, smtpdParts } from '../../../testing/smtpd-server.js';
import { createSmtpd } from '../main.js';
import { Trace, type TraceEntry } from './trace.js';

const tables = {
  senders: { 'x.test': 'staff' },
  recipients: { 'b@example.test': 'REJECT not here' },
};

/** What restrictions say when a@x.test writes to b@example.test. */
async function traceOf(settings: Readonly<Record<string, string>>): Promise<Trace> {
  const trace = new Trace();
  const { parts } = smtpdParts(settings);
  const smtpd = createSmtpd({
    ...parts,
    trace,
    dicts: fakeDicts(tables, trace.onLookup),
    resolver: recordedResolver(fakeDns(), trace.onLookup),
  });
  const server = await listenOn((socket) => smtpd.accept(socket));
  await converse(server.port, [
    'EHLO c\r\n',
    'MAIL FROM:<a@x.test>\r\n',
    'RCPT TO:<b@example.test>\r\n',
    'QUIT\r\n',
  ]);
  server.close();
  return trace;
}

function line({ depth, setting, restriction, argument, lookups, verdict }: TraceEntry): string {
  const seen = lookups.map(
    ({ setting, table, key, result }) => `${table || setting}[${key}] ${result.is}`,
  );
  return [`${depth} ${setting}: ${restriction} ${argument}`.trim(), verdict.is, ...seen].join('; ');
}

test('a trace tells which restrictions were asked, what they looked at and what they said', async () => {
  const trace = await traceOf({
    smtpd_recipient_restrictions: 'permit_mynetworks, check_recipient_access test:recipients',
  });
  assert.deepEqual(trace.entries.map(line), [
    '0 smtpd_relay_restrictions: reject_unauth_destination; dunno',
    '0 smtpd_recipient_restrictions: permit_mynetworks; dunno; mynetworks[127.0.0.1] not-found',
    '0 smtpd_recipient_restrictions: check_recipient_access test:recipients; reject; test:recipients[b@example.test] found',
  ]);
  const last = trace.entries.at(-1)?.verdict;
  assert.match(last?.is === 'reject' ? replyText(last.reply) : '', /not here/);
});

test('what a class does stands with its own restrictions, before the restriction that named it', async () => {
  const trace = await traceOf({
    smtpd_restriction_classes: 'staff',
    staff: 'reject_unknown_sender_domain',
    smtpd_sender_restrictions: 'check_sender_access test:senders',
    unknown_address_tempfail_action: 'defer',
  });
  assert.deepEqual(trace.entries.map(line).slice(0, 2), [
    '1 staff: reject_unknown_sender_domain; reject; mydestination[x.test] not-found; virtual_alias_domains[x.test] not-found; virtual_mailbox_domains[x.test] not-found; relay_domains[x.test] not-found; MX[x.test] not-found; A[x.test] not-found; AAAA[x.test] not-found',
    '0 smtpd_sender_restrictions: check_sender_access test:senders; reject; test:senders[a@x.test] not-found; test:senders[x.test] found',
  ]);
});
