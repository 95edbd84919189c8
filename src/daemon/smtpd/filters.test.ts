import assert from 'node:assert/strict';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import type { MessageDecision } from '../../lib/ipc/conversation/cleanup.js';
import { converse, listenOn, smtpdParts, type TakenMessage } from '../../testing/smtpd-server.js';
import { createSmtpd } from './main.js';

interface Running {
  readonly port: number;
  readonly lines: readonly string[];
  readonly taken: readonly TakenMessage[];
}

async function start(
  context: TestContext,
  settings: Readonly<Record<string, string>>,
): Promise<Running> {
  const { parts, log, taken } = smtpdParts(settings);
  const smtpd = createSmtpd(parts);
  const server = await listenOn((socket) => smtpd.accept(socket));
  context.after(() => server.close());
  return { port: server.port, lines: log.lines, taken };
}

/** A server of lines: `answer` gives what is said to each; '' is nothing. */
async function lineServer(
  context: TestContext,
  greeting: string,
  answer: (line: string) => string,
): Promise<{
  readonly port: number;
  readonly heard: string[];
  readonly connections: () => number;
}> {
  const heard: string[] = [];
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const server = await listenOn((socket) => {
    connections += 1;
    sockets.add(socket);
    let rest = '';
    socket.setEncoding('latin1');
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.write(greeting, 'latin1');
    socket.on('data', (chunk: string) => {
      rest += chunk;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end).replace(/\r$/, '');
        rest = rest.slice(end + 1);
        heard.push(line);
        const said = answer(line);
        if (said === 'hang up') socket.destroy();
        else if (said !== '') socket.write(said, 'latin1');
      }
    });
  });
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: server.port, heard, connections: () => connections };
}

const envelope = ['EHLO c\r\n', 'MAIL FROM:<a@x.test>\r\n', 'RCPT TO:<b@example.test>\r\n'];
const message = [...envelope, 'DATA\r\n', 'Subject: x\r\n\r\n..\r\nhello\r\n.\r\n', 'QUIT\r\n'];

test('XFORWARD names the client of the next message only, and changes no decision', async (t) => {
  const { port, taken, lines } = await start(t, { smtpd_authorized_xforward_hosts: '127.0.0.1' });
  const replies = await converse(port, [
    'EHLO filter\r\n',
    'XFORWARD NAME=spike.example ADDR=IPv6:2001:db8::7 HELO=a+20b IDENT=X1 SOURCE=REMOTE\r\n',
    ...message.slice(1, -1),
    ...message.slice(1),
  ]);
  assert.equal(replies[2], '250 2.0.0 Ok');
  assert.deepEqual(
    taken.map(({ envelope: { client } }) => [client.name, client.address, client.helo]),
    [
      ['spike.example', '2001:db8::7', 'a?b'],
      ['unknown', '127.0.0.1', 'filter'],
    ],
  );
  const id = 'info QID: client=unknown[127.0.0.1]';
  assert.ok(lines.includes(`${id}, orig_queue_id=X1, orig_client=spike.example[2001:db8::7]`));
});

test('a stranger may use neither XFORWARD nor XCLIENT, and is not offered them', async (t) => {
  const { port } = await start(t, { smtpd_authorized_xclient_hosts: '192.0.2.1' });
  const replies = await converse(port, [
    'XCLIENT ADDR=192.0.2.1\r\n',
    'XFORWARD NAME=a.example\r\n',
    'QUIT\r\n',
  ]);
  const refused = '550 5.7.0 Error: insufficient authorization';
  assert.deepEqual(replies.slice(1, 3), [refused, refused]);
});

test('XCLIENT begins the session anew as another client', async (t) => {
  const { port, lines } = await start(t, {
    smtpd_authorized_xclient_hosts: '127.0.0.1',
    smtpd_client_restrictions: 'permit_mynetworks, reject',
  });
  const replies = await converse(port, [
    ...envelope,
    'RSET\r\n',
    'XCLIENT ADDR=192.0.2.9 NAME=a.example\r\n',
    ...envelope,
    'XCLIENT ADDR=127.0.0.1\r\n',
    'QUIT\r\n',
  ]);
  assert.match(replies[3] ?? '', /^554 5\.7\.1 /);
  assert.match(replies[5] ?? '', /^220 /);
  assert.equal(replies[8], '250 2.1.5 Ok');
  assert.equal(replies[9], '503 5.5.1 Error: MAIL transaction in progress');
  assert.ok(lines.some((line) => line.endsWith('client=a.example[192.0.2.9]')));
});

test('a policy server is asked over one connection, and its answer is an action', async (t) => {
  let request = '';
  const server = await lineServer(t, '', (line) => {
    request += `${line}\n`;
    if (line !== '') return '';
    const answer = request.includes('recipient=bad@') ? 'REJECT not here' : 'PREPEND X-P: 1';
    request = '';
    return `action=${answer}\n\n`;
  });
  const { port } = await start(t, {
    smtpd_recipient_restrictions: `check_policy_service inet:127.0.0.1:${server.port}`,
  });
  const replies = await converse(port, [...envelope, 'RCPT TO:<bad@example.test>\r\n', 'QUIT\r\n']);
  await converse(port, [...envelope, 'QUIT\r\n']);
  assert.equal(replies[3], '250 2.1.5 Ok');
  assert.equal(replies[4], '554 5.7.1 <bad@example.test>: Recipient address rejected: not here');
  assert.equal(server.connections(), 1);
  assert.ok(server.heard.includes('request=smtpd_access_policy'));
});

const decisions: readonly (readonly [action: string, decided: MessageDecision])[] = [
  ['HOLD why', { hold: true }],
  ['DISCARD', { discard: true }],
  ['FILTER scan:', { contentFilter: 'scan:' }],
  ['REDIRECT c@x.test', { redirectTo: 'c@x.test' }],
  ['BCC d@x.test', { bcc: ['d@x.test'] }],
];
for (const list of ['smtpd_data_restrictions', 'smtpd_end_of_data_restrictions']) {
  for (const [action, decided] of decisions) {
    test(`${action} of a policy server in ${list} counts for the message`, async (t) => {
      const server = await lineServer(t, '', (line) => (line === '' ? `action=${action}\n\n` : ''));
      const { port, taken } = await start(t, {
        [list]: `check_policy_service inet:127.0.0.1:${server.port}`,
      });
      await converse(port, message);
      assert.deepEqual(taken[0]?.decision, { hold: false, discard: false, bcc: [], ...decided });
    });
  }
}

test('without an answer of the policy server its default action counts', async (t) => {
  const server = await lineServer(t, '', (line) => (line === '' ? 'hang up' : ''));
  const { port, lines } = await start(t, {
    smtpd_recipient_restrictions: `check_policy_service { inet:127.0.0.1:${server.port}, try_limit=1, { default_action = 450 4.7.9 not now } }`,
  });
  const replies = await converse(port, [...envelope, 'QUIT\r\n']);
  assert.match(replies[3] ?? '', /^450 4\.7\.9 .*not now$/);
  assert.ok(
    lines.includes(`warning problem talking to server 127.0.0.1:${server.port}: Application error`),
  );
});

for (const options of ['', 'speed_adjust']) {
  const how = options === '' ? 'as it comes' : 'when all of it is here';
  test(`the filter before the queue gets a message ${how}, and its answer is ours`, async (t) => {
    let inContent = false;
    const filter = await lineServer(t, '220 filter\r\n', (line) => {
      if (inContent && line !== '.') return '';
      if (line.startsWith('EHLO')) return '250-filter\r\n250 XFORWARD NAME ADDR SOURCE\r\n';
      if (inContent) {
        inContent = false;
        return '554 5.7.0 Reject, INFECTED\r\n';
      }
      inContent = line === 'DATA';
      return inContent ? '354 go\r\n' : '250 2.1.0 fine\r\n';
    });
    const { port, taken, lines } = await start(t, {
      smtpd_proxy_filter: `127.0.0.1:${filter.port}`,
      smtpd_proxy_options: options,
    });
    const replies = await converse(port, message);
    assert.equal(replies[5], '554 5.7.0 Reject, INFECTED');
    assert.equal(taken.length, 0);
    assert.deepEqual(filter.heard.slice(0, 6), [
      'EHLO mail.example.test',
      'XFORWARD NAME=[UNAVAILABLE] ADDR=127.0.0.1 SOURCE=LOCAL',
      'MAIL FROM:<a@x.test>',
      'RCPT TO:<b@example.test>',
      'DATA',
      'Received: from c (unknown [127.0.0.1])',
    ]);
    const dot = filter.heard.indexOf('..');
    assert.deepEqual(filter.heard.slice(dot, dot + 3), ['..', 'hello', '.']);
    assert.ok(lines.some((line) => line.includes('proxy-reject: END-OF-MESSAGE: 554 5.7.0')));
  });

  test(`a filter that takes DATA for done does not lose the message, ${how}`, async (t) => {
    const filter = await lineServer(t, '220 filter\r\n', () => '250 2.0.0 fine\r\n');
    const { port } = await start(t, {
      smtpd_proxy_filter: `127.0.0.1:${filter.port}`,
      smtpd_proxy_options: options,
    });
    const replies = await converse(port, message.slice(0, options === '' ? 4 : 5));
    assert.equal(replies.at(-1), '451 4.3.0 Error: queue file write error');
  });

  test(`a filter that is not there defers mail, ${how}`, async (t) => {
    const { port } = await start(t, {
      smtpd_proxy_filter: '127.0.0.1:1',
      smtpd_proxy_options: options,
    });
    const replies = await converse(port, message.slice(0, options === '' ? 3 : 5));
    assert.equal(replies.at(-1), '451 4.3.0 Error: queue file write error');
  });
}

test('what a proxy says of the client counts, and what came behind it is read', async (t) => {
  const { port, taken } = await start(t, { smtpd_upstream_proxy_protocol: 'haproxy' });
  const socket = net.connect(port, '127.0.0.1');
  socket.end(`PROXY TCP4 192.0.2.7 198.51.100.1 1234 25\r\n${message.slice(0, 1).join('')}`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /^220 .*\r\n250-/);
  assert.equal(taken.length, 0);
});

test('a connection without the header of the proxy is refused', async (t) => {
  const { port, lines } = await start(t, { smtpd_upstream_proxy_protocol: 'haproxy' });
  const socket = net.connect(port, '127.0.0.1');
  socket.write('EHLO c\r\n');
  let text = '';
  try {
    for await (const chunk of socket) text += String(chunk);
  } catch {
    // a reset is as good
  }
  assert.match(text, /^(421 4\.3\.0 .*\r\n)?$/);
  assert.ok(lines.some((line) => line.includes('haproxy read:')));
});
