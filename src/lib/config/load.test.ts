import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfiguration } from './load.js';

const lines = `smtp inet n - n - - smtpd
2525 inet n - n - - smtpd
smtp unix - - n - - smtp
local unix - n n - - local
`;
const load = (main: string, master = lines) => loadConfiguration('/nowhere', { main, master });
const names = (main: string): string[] =>
  load(main).services.map(({ name, type }) => `${name}/${type}`);

test('master_service_disable leaves out services by type, or by name and type', () => {
  assert.equal(names('').length, 4);
  assert.deepEqual(names('master_service_disable = inet\n'), ['smtp/unix', 'local/unix']);
  assert.deepEqual(names('master_service_disable = smtp/inet\n').length, 3);
  assert.deepEqual(names('master_service_disable = !smtp/inet, inet\n'), [
    'smtp/inet',
    'smtp/unix',
    'local/unix',
  ]);
});

test('a port that nobody would serve stops the start, and says what to write', () => {
  assert.throws(
    () => load('', 'smtp inet n - n - 1 postscreen\n'),
    /line 1: postscreen is not built yet: write the line with smtpd/,
  );
  assert.throws(() => load('', '99 inet n - n - 1 mine\n'), /unknown program: mine.*spawn/s);
  assert.throws(() => load('', '99 inet n - n - 1 cleanup\n'), /write unix instead of inet/);
  const { warnings } = load('', 'dnsblog unix - - n - 0 dnsblog\n');
  assert.match(warnings.join('\n'), /dnsblog is not built yet/);
});

test("names that all objects know are parameters of one's own like any other", () => {
  const { settings } = load(
    'constructor = a\n__proto__ = b\nx = $constructor$toString$__proto__\n',
  );
  assert.equal(settings.source.expand('$x'), 'ab');
});

test('a value whose names double with each step stops the start', () => {
  const steps = Array.from({ length: 40 }, (_, at) => `a${at} = $a${at + 1}$a${at + 1}\n`).join('');
  assert.throws(() => load(steps), /unreasonable number of macro calls/);
});
