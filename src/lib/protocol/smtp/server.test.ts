import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Reply, reply, serializeReply } from './reply.js';
import { createServerMachine } from './server.js';
import type { BareNewline, ServerMachine } from './server-machine.js';

interface Options {
  readonly bareNewline?: BareNewline;
  readonly maxLine?: number;
  /** Pieces that the wire is cut into. */
  readonly splits?: readonly number[];
}

/** A small server: what it was told, one line an event; content joined. */
function converse(wire: string, options: Options = {}): string[] {
  const machine = createServerMachine({
    maxLine: options.maxLine ?? 100,
    bareNewline: options.bareNewline ?? 'normalize',
  });
  const told: string[] = [];
  machine.reply(reply(220, '', 'hi'));
  const bytes = Buffer.from(wire, 'latin1');
  let start = 0;
  for (const end of [...(options.splits ?? []), bytes.length]) {
    machine.receive(bytes.subarray(start, end));
    start = end;
    drain(machine, told);
  }
  return told;
}

function drain(machine: ServerMachine, told: string[]): void {
  for (let event = machine.next(); event; event = machine.next()) {
    switch (event.is) {
      case 'command':
        told.push(event.argument === '' ? event.verb : `${event.verb} ${event.argument}`);
        assert.equal(machine.next(), undefined, 'a reply is owed');
        answer(machine, event.verb, event.argument);
        break;
      case 'line':
        told.push(`line ${event.line}`);
        machine.reply(reply(235, '', 'ok'));
        break;
      case 'content': {
        const text = Buffer.from(event.chunk).toString('latin1');
        const joins = told.at(-1)?.startsWith('content ');
        told.push(joins ? `${told.pop() ?? ''}${text}` : `content ${text}`);
        break;
      }
      case 'content-end':
        told.push(`end last=${event.last} ${event.wireBytes}`);
        machine.reply(reply(250, '2.0.0', 'Ok'));
        break;
      case 'violation':
        // When it is told of depends on the pieces; that it is, does not.
        told.splice(told.at(-1)?.startsWith('content ') ? -1 : told.length, 0, event.violation);
        break;
    }
  }
}

function answer(machine: ServerMachine, verb: string, argument: string): void {
  const [size = '0', last] = argument.split(' ');
  const answers: Record<string, Reply> = {
    DATA: reply(354, '', 'go'),
    AUTH: reply(334, '', ''),
    STARTTLS: reply(220, '', 'go'),
  };
  if (verb === 'BDAT' && size !== 'bad') {
    machine.startChunk(Number(size), last === 'LAST');
    return;
  }
  if (verb === 'SKIP') machine.skipChunk(Number(size));
  machine.reply(answers[verb] ?? reply(250, '', 'ok'));
  if (verb === 'AUTH') machine.continueWithLine(12288);
  if (verb === 'STARTTLS') machine.startTls();
}

const rows: readonly [name: string, wire: string, told: string[], options?: Options][] = [
  [
    'pipelined commands come one by one',
    'EHLO a\r\nmail FROM:<a@b> SIZE=1\r\n\r\nQUIT\r\n',
    ['EHLO a', 'MAIL FROM:<a@b> SIZE=1', '', 'QUIT'],
  ],
  [
    'after content commands go on',
    'DATA\r\na\r\n..b\r\n.\r\nQUIT\r\n',
    ['DATA', 'content a\n.b\n', 'end last=true 11', 'QUIT'],
  ],
  [
    'content that smuggles an end is one message',
    'DATA\r\na\r\n\n.\r\nMAIL x\r\n.\r\n',
    ['DATA', 'content a\n\n\nMAIL x\n', 'end last=true 18'],
  ],
  [
    'a bare newline ends commands and is content when it may',
    'NOOP\nDATA\na\n.\nQUIT\n',
    ['NOOP', 'DATA', 'content a\n', 'end last=true 4', 'QUIT'],
    { bareNewline: 'no' },
  ],
  [
    'bare newlines are told of where they are refused',
    'NOOP\nNOOP\r\nDATA\r\na\nb\r\n.\r\n',
    ['bare-newline', 'NOOP', 'NOOP', 'DATA', 'bare-newline', 'content a\nb\n', 'end last=true 8'],
    { bareNewline: 'reject' },
  ],
  [
    'chunks are content without dots',
    'BDAT 4\r\na\r\n.BDAT 3 LAST\r\n\r\n.QUIT\r\n',
    [
      'BDAT 4',
      'content a\n.',
      'end last=false 4',
      'BDAT 3 LAST',
      'content \n.',
      'end last=true 3',
      'QUIT',
    ],
  ],
  [
    'a line end may be split between chunks',
    'BDAT 2\r\na\rBDAT 1 LAST\r\n\n',
    ['BDAT 2', 'content a', 'end last=false 2', 'BDAT 1 LAST', 'content \n', 'end last=true 1'],
  ],
  [
    'half a line end of one message is not in the next',
    'BDAT 2\r\na\rRSET\r\nBDAT 1 LAST\r\nb',
    [
      'BDAT 2',
      'content a',
      'end last=false 2',
      'RSET',
      'BDAT 1 LAST',
      'content b',
      'end last=true 1',
    ],
  ],
  [
    'a CR that ends the last chunk is content',
    'BDAT 2 LAST\r\na\r',
    ['BDAT 2 LAST', 'content a\r', 'end last=true 2'],
  ],
  ['an empty last chunk ends the message', 'BDAT 0 LAST\r\n', ['BDAT 0 LAST', 'end last=true 0']],
  ['a refused chunk is dropped', 'SKIP 5\r\nQUIT\nNOOP\r\n', ['SKIP 5', 'NOOP']],
  [
    'a line of an exchange is no command',
    'AUTH PLAIN\r\nQUIT\r\nQUIT\r\n',
    ['AUTH PLAIN', 'line QUIT', 'QUIT'],
  ],
  [
    'a line of exactly the limit is a command, a longer one is cut and told of',
    'NOOP 67890\r\nNOOP 678901 MAIL\r\nQUIT\r\n',
    ['NOOP 67890', 'line-too-long', 'NOOP 67890', 'QUIT'],
    { maxLine: 10 },
  ],
  ['a no-break space is part of an argument', 'VRFY \xc3\xa0\r\n', ['VRFY \xc3\xa0']],
];

for (const [name, wire, told, options] of rows) {
  test(`${name}, split at every byte`, () => {
    for (let at = 0; at <= wire.length; at += 1)
      assert.deepEqual(converse(wire, { ...options, splits: [at] }), told, `split at ${at}`);
    const everywhere = Array.from({ length: wire.length }, (_, index) => index);
    assert.deepEqual(converse(wire, { ...options, splits: everywhere }), told);
  });
}

test('STARTTLS drops what was sent ahead', () => {
  const machine = createServerMachine({ maxLine: 100, bareNewline: 'normalize' });
  machine.reply(reply(220, '', 'hi'));
  machine.receive(Buffer.from('STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n'));
  assert.equal(machine.next()?.is, 'command');
  machine.reply(reply(220, '2.0.0', 'Ready'));
  assert.equal(machine.startTls(), 30);
  assert.equal(machine.next(), undefined);
});

test('any bytes in any pieces give the same events, and never throw', () => {
  const piece = fc.constantFrom(
    'DATA\r\n',
    'BDAT 5\r\n',
    'BDAT 3 LAST\r\n',
    'RSET\r\n',
    'AUTH\r\n',
    '.\r\n',
    '\r\n',
    '\n',
    '\r',
    '.',
    'a\0\xff',
  );
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(120)), (parts, cuts) => {
      const wire = parts.join('');
      const splits = cuts.filter((cut) => cut < wire.length).sort((a, b) => a - b);
      assert.deepEqual(converse(wire, { splits }), converse(wire));
    }),
  );
});

test('the rest of an overlong command is no content, also when it comes after the start was answered', () => {
  const wire = `BDAT 3 ${'x'.repeat(150)}\r\nabcNOOP\r\n`;
  const whole = converse(wire);
  assert.ok(whole.includes('NOOP'));
  for (let split = 1; split < wire.length; split += 1)
    assert.deepEqual(converse(wire, { splits: [split] }), whole, String(split));
});

test('a long run of CRs is read in a time that grows with its length', () => {
  // With the square of it this would take minutes.
  const wire = `BDAT 300004 LAST\r\n${'\r'.repeat(300_000)}x\r\r\nNOOP\r\n`;
  assert.ok(converse(wire).includes('NOOP'));
});

test('what a client sent comes back in a reply as text of one line', () => {
  const answer = serializeReply(reply(555, '5.5.4', 'Unsupported option: A\0\x1b[2J\r\nB\tc'));
  assert.equal(answer.toString(), '555 5.5.4 Unsupported option: A??[2J  B\tc\r\n');
});
