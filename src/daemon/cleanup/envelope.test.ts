import assert from 'node:assert/strict';
import test from 'node:test';
import { dsnNotify, type Recipient } from '../../lib/ipc/envelope.js';
import { QueueError } from '../../lib/queue/store.js';
import { cleanupBench, to } from '../../testing/cleanup-bench.js';

const content = 'From: a@b.c\nTo: x@y.z\n\nbody\n';

const tables = {
  alias: {
    'one@va.example': 'a@vm.example',
    'two@va.example': 'a@vm.example, b@vm.example',
    'three@va.example': 'one@va.example, two@va.example, c@vm.example',
    'self@va.example': 'self@va.example, copy@vm.example',
    'selfonly@va.example': 'selfonly@va.example',
    'loopa@va.example': 'loopb@va.example',
    'loopb@va.example': 'loopa@va.example',
    'local@va.example': 'joe',
    'user@va.example': 'a@vm.example',
    'user+special@va.example': 'special@vm.example',
    bare: 'mapped@vm.example',
    '@catch.example': 'caught@vm.example',
    '@keep.example': '@vm.example',
    'quoted@va.example': '"a b"@vm.example',
    'cmd@va.example': '|/bin/x',
    'n1@va.example': 'n2@va.example',
    'n2@va.example': 'n3@va.example',
    'n3@va.example': 'n4@va.example',
    'n4@va.example': 'n5@va.example',
    'n5@va.example': 'n6@va.example',
    'n6@va.example': 'n7@va.example',
    'n7@va.example': 'end@vm.example',
    'n4only@va.example': 'n5@va.example',
    'wide@va.example':
      'w1@vm.example w2@vm.example w3@vm.example w4@vm.example w5@vm.example w6@vm.example w7@vm.example w8@vm.example w9@vm.example w10@vm.example w11@vm.example w12@vm.example w13@vm.example w14@vm.example w15@vm.example w16@vm.example w17@vm.example w18@vm.example w19@vm.example w20@vm.example w21@vm.example',
    'w20@va.example':
      'w1@vm.example w2@vm.example w3@vm.example w4@vm.example w5@vm.example w6@vm.example w7@vm.example w8@vm.example w9@vm.example w10@vm.example w11@vm.example w12@vm.example w13@vm.example w14@vm.example w15@vm.example w16@vm.example w17@vm.example w18@vm.example w19@vm.example w20@vm.example',
  },
  sender: { 'sb@x.example': 'sbcc@vm.example' },
  recipient: { 'r@vm.example': 'rbcc@vm.example' },
};

interface Row {
  readonly sender: string;
  readonly recipients: readonly Recipient[];
  /** `address (original)` in the order of the queue file, or the SMTP answer; from Debian's Postfix 3.7.11. */
  readonly expected: string;
}

/** With copies, and tight limits. */
const withCopies: readonly Row[] = [
  {
    sender: 's@x.example',
    recipients: [to('one@va.example')],
    expected: 'a@vm.example (one@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('two@va.example')],
    expected:
      'a@vm.example (two@va.example), b@vm.example (two@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('three@va.example')],
    expected:
      'a@vm.example (three@va.example), c@vm.example (three@va.example), b@vm.example (three@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('self@va.example')],
    expected:
      'self@va.example (self@va.example), copy@vm.example (self@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('selfonly@va.example')],
    expected: 'selfonly@va.example (selfonly@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('loopa@va.example')],
    expected: '451 4.6.0 Alias expansion error',
  },
  {
    sender: 's@x.example',
    recipients: [to('local@va.example')],
    expected: 'joe@example.test (local@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('user+x@va.example')],
    expected: 'a+x@vm.example (user+x@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('user+special@va.example')],
    expected: 'special@vm.example (user+special@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('quoted@va.example')],
    expected: 'a b@vm.example (quoted@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('cmd@va.example')],
    expected: '|/bin/x@example.test (cmd@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('n1@va.example')],
    expected: '451 4.6.0 Alias expansion error',
  },
  {
    sender: 's@x.example',
    recipients: [to('n3@va.example')],
    expected: '451 4.6.0 Alias expansion error',
  },
  {
    sender: 's@x.example',
    recipients: [to('n4only@va.example')],
    expected: 'end@vm.example (n4only@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('wide@va.example')],
    expected: '451 4.6.0 Alias expansion error',
  },
  {
    sender: 's@x.example',
    recipients: [to('w20@va.example')],
    expected:
      'w1@vm.example (w20@va.example), w2@vm.example (w20@va.example), w3@vm.example (w20@va.example), w4@vm.example (w20@va.example), w5@vm.example (w20@va.example), w6@vm.example (w20@va.example), w7@vm.example (w20@va.example), w8@vm.example (w20@va.example), w9@vm.example (w20@va.example), w10@vm.example (w20@va.example), w11@vm.example (w20@va.example), w12@vm.example (w20@va.example), w13@vm.example (w20@va.example), w14@vm.example (w20@va.example), w15@vm.example (w20@va.example), w16@vm.example (w20@va.example), w17@vm.example (w20@va.example), w18@vm.example (w20@va.example), w19@vm.example (w20@va.example), w20@vm.example (w20@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('bare@example.test')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), mapped@vm.example (bare@example.test), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('bare+x@example.test')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), mapped+x@vm.example (bare+x@example.test), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('x@catch.example')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), caught@vm.example (x@catch.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('x+y@keep.example')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), x+y@vm.example (x+y@keep.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [
      to('one@va.example'),
      to('a@vm.example'),
      to('two@va.example'),
      to('A@VM.example'),
    ],
    expected:
      'sbcc@vm.example (sbcc@vm.example), a@vm.example (one@va.example), a@vm.example (a@vm.example), a@vm.example (two@va.example), b@vm.example (two@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('r@vm.example'), to('rbcc@vm.example')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), r@vm.example (r@vm.example), rbcc@vm.example (rbcc@vm.example), rbcc@vm.example (rbcc@vm.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('One@VA.example')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), a@vm.example (One@VA.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [
      to('a@vm.example', { dsnOrcpt: 'rfc822;x@y' }),
      to('a@vm.example', { dsnOrcpt: 'rfc822;x@z' }),
      to('a@vm.example', { dsnNotify: dsnNotify.never }),
    ],
    expected:
      'sbcc@vm.example (sbcc@vm.example), a@vm.example (a@vm.example), a@vm.example (a@vm.example), a@vm.example (a@vm.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [
      to('two@va.example', {
        dsnOrcpt: 'rfc822;o@o',
        dsnNotify: dsnNotify.success | dsnNotify.failure,
      }),
    ],
    expected:
      'sbcc@vm.example (sbcc@vm.example), a@vm.example (two@va.example), b@vm.example (two@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('postmaster')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), postmaster@example.test (postmaster), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('a@vm.example.'), to('a@vm.example')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), a@vm.example (a@vm.example.), a@vm.example (a@vm.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('a%vm.example@example.test')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), a%vm.example@example.test (a%vm.example@example.test), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('foo@host')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), foo@host.example.test (foo@host), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('a b@va.example')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), a b@va.example (a b@va.example), always@vm.example (always@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('quoted@va.example'), to('a b@vm.example')],
    expected:
      'sbcc@vm.example (sbcc@vm.example), a b@vm.example (quoted@va.example), a b@vm.example (a b@vm.example), always@vm.example (always@vm.example)',
  },
];

/** With enable_original_recipient = no. */
const withoutOriginals: readonly Row[] = [
  {
    sender: 's@x.example',
    recipients: [to('one@va.example')],
    expected: 'a@vm.example (one@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('two@va.example')],
    expected: 'a@vm.example (two@va.example), b@vm.example (two@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('three@va.example')],
    expected:
      'a@vm.example (three@va.example), c@vm.example (three@va.example), b@vm.example (three@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('self@va.example')],
    expected: 'self@va.example (self@va.example), copy@vm.example (self@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('selfonly@va.example')],
    expected: 'selfonly@va.example (selfonly@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('loopa@va.example')],
    expected: '451 4.6.0 Alias expansion error',
  },
  {
    sender: 's@x.example',
    recipients: [to('local@va.example')],
    expected: 'joe@example.test (local@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('user+x@va.example')],
    expected: 'a+x@vm.example (user+x@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('user+special@va.example')],
    expected: 'special@vm.example (user+special@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('quoted@va.example')],
    expected: 'a b@vm.example (quoted@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('cmd@va.example')],
    expected: '|/bin/x@example.test (cmd@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('n1@va.example')],
    expected: 'end@vm.example (n1@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('n3@va.example')],
    expected: 'end@vm.example (n3@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('n4only@va.example')],
    expected: 'end@vm.example (n4only@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('wide@va.example')],
    expected:
      'w1@vm.example (wide@va.example), w2@vm.example (wide@va.example), w3@vm.example (wide@va.example), w4@vm.example (wide@va.example), w5@vm.example (wide@va.example), w6@vm.example (wide@va.example), w7@vm.example (wide@va.example), w8@vm.example (wide@va.example), w9@vm.example (wide@va.example), w10@vm.example (wide@va.example), w11@vm.example (wide@va.example), w12@vm.example (wide@va.example), w13@vm.example (wide@va.example), w14@vm.example (wide@va.example), w15@vm.example (wide@va.example), w16@vm.example (wide@va.example), w17@vm.example (wide@va.example), w18@vm.example (wide@va.example), w19@vm.example (wide@va.example), w20@vm.example (wide@va.example), w21@vm.example (wide@va.example)',
  },
  {
    sender: 's@x.example',
    recipients: [to('w20@va.example')],
    expected:
      'w1@vm.example (w20@va.example), w2@vm.example (w20@va.example), w3@vm.example (w20@va.example), w4@vm.example (w20@va.example), w5@vm.example (w20@va.example), w6@vm.example (w20@va.example), w7@vm.example (w20@va.example), w8@vm.example (w20@va.example), w9@vm.example (w20@va.example), w10@vm.example (w20@va.example), w11@vm.example (w20@va.example), w12@vm.example (w20@va.example), w13@vm.example (w20@va.example), w14@vm.example (w20@va.example), w15@vm.example (w20@va.example), w16@vm.example (w20@va.example), w17@vm.example (w20@va.example), w18@vm.example (w20@va.example), w19@vm.example (w20@va.example), w20@vm.example (w20@va.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('bare@example.test')],
    expected: 'mapped@vm.example (bare@example.test)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('bare+x@example.test')],
    expected: 'mapped+x@vm.example (bare+x@example.test)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('x@catch.example')],
    expected: 'caught@vm.example (x@catch.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('x+y@keep.example')],
    expected: 'x+y@vm.example (x+y@keep.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [
      to('one@va.example'),
      to('a@vm.example'),
      to('two@va.example'),
      to('A@VM.example'),
    ],
    expected: 'a@vm.example (one@va.example), b@vm.example (two@va.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('r@vm.example'), to('rbcc@vm.example')],
    expected: 'r@vm.example (r@vm.example), rbcc@vm.example (rbcc@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('One@VA.example')],
    expected: 'a@vm.example (One@VA.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [
      to('a@vm.example', { dsnOrcpt: 'rfc822;x@y' }),
      to('a@vm.example', { dsnOrcpt: 'rfc822;x@z' }),
      to('a@vm.example', { dsnNotify: dsnNotify.never }),
    ],
    expected: 'a@vm.example (a@vm.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [
      to('two@va.example', {
        dsnOrcpt: 'rfc822;o@o',
        dsnNotify: dsnNotify.success | dsnNotify.failure,
      }),
    ],
    expected: 'a@vm.example (two@va.example), b@vm.example (two@va.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('postmaster')],
    expected: 'postmaster@example.test (postmaster)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('a@vm.example.'), to('a@vm.example')],
    expected: 'a@vm.example (a@vm.example.)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('a%vm.example@example.test')],
    expected: 'a%vm.example@example.test (a%vm.example@example.test)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('foo@host')],
    expected: 'foo@host.example.test (foo@host)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('a b@va.example')],
    expected: 'a b@va.example (a b@va.example)',
  },
  {
    sender: 'sb@x.example',
    recipients: [to('quoted@va.example'), to('a b@vm.example')],
    expected: 'a b@vm.example (quoted@va.example)',
  },
];

async function check(
  rows: readonly Row[],
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { sender, recipients, expected } of rows) {
    const { put, sink } = cleanupBench({ virtual_alias_maps: 'test:alias', ...settings }, tables);
    const result = await put({ content, recipients, envelope: { sender } });
    const got =
      result.is === 'refused'
        ? `${result.code} ${result.enhanced} ${result.text}`
        : (sink.committed[0]?.recipients ?? [])
            .filter(({ expanded }) => !expanded)
            .map(({ address, original }) => `${address} (${original})`)
            .join(', ');
    assert.equal(got, expected, recipients.map(({ address }) => address).join());
  }
}

test('aliases and copies give the recipients that Postfix gives, in its order', async () => {
  await check(withCopies, {
    always_bcc: 'always@vm.example',
    sender_bcc_maps: 'test:sender',
    recipient_bcc_maps: 'test:recipient',
    virtual_alias_recursion_limit: '5',
    virtual_alias_expansion_limit: '20',
  });
});

test('without original recipients a mailbox gets the message once', async () => {
  await check(withoutOriginals, { enable_original_recipient: 'no' });
});

test('who asked to hear of success hears that the alias was expanded', async () => {
  const { put, sink } = cleanupBench({ virtual_alias_maps: 'test:alias' }, tables);
  const { success, failure, never } = dsnNotify;
  await put({ content, recipients: [to('two@va.example', { dsnNotify: success | failure })] });
  await put({ content, recipients: [to('one@va.example', { dsnNotify: success })] });
  const seen = sink.committed.map(({ recipients }) =>
    recipients.map(({ address, dsnNotify: notify, expanded }) => [address, notify, expanded]),
  );
  assert.deepEqual(seen, [
    [
      ['two@va.example', success, true],
      ['a@vm.example', failure, undefined],
      ['b@vm.example', failure, undefined],
    ],
    [
      ['one@va.example', success, true],
      ['a@vm.example', never, undefined],
    ],
  ]);
});

test('an unreasonable alias is refused for now and logged as Postfix logs it', async () => {
  const { put, log, sink } = cleanupBench({ virtual_alias_maps: 'test:alias' }, tables);
  const result = await put({ content, recipients: [to('loopa@va.example')] });
  const words = ['Alias expansion error'];
  assert.deepEqual(result, {
    is: 'refused',
    queueId: 'QID1',
    code: 451,
    enhanced: '4.6.0',
    text: words[0],
    reply: { code: 451, enhanced: '4.6.0', lines: words },
  });
  assert.deepEqual(sink.aborted, ['QID1']);
  assert.ok(
    log.lines.includes(
      'warning QID1: unreasonable virtual_alias_maps map nesting for loopa@va.example -- message not accepted, try again later',
    ),
  );
});

test('an alias that is longer than virtual_alias_address_length_limit is refused for now', async () => {
  const limits = { virtual_alias_maps: 'test:alias', virtual_alias_address_length_limit: '14' };
  const { put, log } = cleanupBench(limits, tables);
  const fits = await put({ content, recipients: [to('n6@va.example')] });
  assert.equal(fits.is, 'queued'); // n7@va.example, and that is end@vm.example
  const long = await put({ content, recipients: [to('@catch.example'), to('x@catch.example')] });
  assert.equal(long.is === 'refused' && long.text, 'Alias expansion error');
  assert.ok(
    log.lines.includes(
      'warning QID2: unreasonable virtual_alias_maps result caught@vm.example... -- message not accepted, try again later',
    ),
  );
});

test('our own notifications are aliased but not copied', async () => {
  const settings = { virtual_alias_maps: 'test:alias', always_bcc: 'always@vm.example' };
  const { put, sink } = cleanupBench(settings, tables);
  await put({ content, recipients: [to('one@va.example')], envelope: { kind: 'bounce' } });
  assert.deepEqual(
    sink.committed[0]?.recipients.map(({ address }) => address),
    ['a@vm.example'],
  );
});

test('no_address_mappings leaves recipients alone', async () => {
  const settings = { virtual_alias_maps: 'test:alias', always_bcc: 'always@vm.example' };
  const { put, sink } = cleanupBench(settings, tables);
  const overrides = {
    noAddressMappings: true,
    noHeaderBodyChecks: false,
    noUnknownRecipientChecks: false,
    noMilters: false,
  };
  await put({ content, recipients: [to('one@va.example')], options: { overrides } });
  assert.deepEqual(
    sink.committed[0]?.recipients.map(({ address }) => address),
    ['one@va.example'],
  );
});

test('a table in trouble, a full disk and a failed write are refused for now', async () => {
  const broken = cleanupBench({ virtual_alias_maps: 'broken:x' });
  const answer = await broken.put({ content });
  assert.equal(answer.is === 'refused' && answer.code, 451);
  for (const [reason, code, enhanced] of [
    ['full', 452, '4.3.1'],
    ['failed', 451, '4.3.0'],
  ] as const) {
    const { put, sink, arrived } = cleanupBench();
    sink.failure = new QueueError('no', reason);
    const result = await put({ content });
    assert.deepEqual(
      result.is === 'refused' && [result.code, result.enhanced],
      [code, enhanced],
      reason,
    );
    assert.deepEqual([arrived, sink.aborted], [[], ['QID1']]);
  }
});
