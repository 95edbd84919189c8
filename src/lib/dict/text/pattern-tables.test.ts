/** cidr, regexp and pcre tables; results and warnings are those of Postfix 3.7 on the same lines. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { memoryLog } from '../../../testing/memory-log.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { createDictOpener } from '../open.js';

const folder = temporaryFolder();
let files = 0;

function written(lines: readonly string[]) {
  const file = path.join(folder, `rules${files++}`);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const log = memoryLog();
  return { file, log, opener: createDictOpener({ log }) };
}

function table(type: string, lines: readonly string[]) {
  const { file, log, opener } = written(lines);
  const dict = opener.open(`${type}:${file}`);
  const lookup = async (key: string): Promise<string | undefined> => {
    const result = await dict.lookup(key);
    assert.notEqual(result.is, 'error');
    return result.is === 'found' ? result.value : undefined;
  };
  const warnings = (): string[] =>
    log.lines.map((line) => line.replace(`warning ${type} map ${file}, `, ''));
  return { dict, lookup, warnings };
}

test('cidr: the first network that holds the address answers', async () => {
  const { dict, lookup, warnings } = table('cidr', [
    '10.0.0.0/8 ten',
    'if 192.168.0.0/16',
    '192.168.2.0/24 two',
    '!192.168.0.0/17 upper',
    'endif',
    '[::1] six',
    '2001:db8::/32 doc',
    '!172.16.0.0/12 other',
  ]);
  assert.ok(dict.isPattern);
  const expected = {
    '10.200.1.1': 'ten',
    '192.168.2.9': 'two',
    '192.168.3.1': 'other',
    '192.168.200.1': 'upper',
    '172.16.5.5': undefined,
    '1.2.3.4': 'other',
    '::1': 'six',
    '2001:db8:ffff::1': 'doc',
    '2001:db9::1': undefined,
    'not an address': undefined,
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(await lookup(key), value, key);
  assert.deepEqual(warnings(), []);
});

test('cidr: bad rules are said and left out', () => {
  const { warnings } = table('cidr', [
    '10.0.0.1/8 bad',
    '300.1.1.1 bad',
    'fe80::1/10 hostbits',
    '10.0.0.0/33 x',
    '192.168.3.0/24',
    'if 1.2.3.4',
    'endif junk',
  ]);
  assert.deepEqual(warnings(), [
    'line 1: non-null host address bits in "10.0.0.1/8", perhaps you should use "10.0.0.0/8" instead: skipping this rule',
    'line 2: bad address pattern: "300.1.1.1": skipping this rule',
    'line 3: non-null host address bits in "fe80::1/10", perhaps you should use "fe80::/10" instead: skipping this rule',
    'line 4: bad mask length in "10.0.0.0/33": skipping this rule',
    'line 5: no lookup result: skipping this rule',
    'line 7: garbage after ENDIF: skipping this rule',
    'line 6: IF has no matching ENDIF',
  ]);
});

for (const type of ['regexp', 'pcre']) {
  test(`${type}: groups are put into the result, ! and if turn and nest`, async () => {
    const { lookup, warnings } = table(type, [
      '/^foo(.*)bar$/ got $1',
      '/a(b)?c/ x${1}y$$z',
      '/^Case$/i exact',
      'if /^z/',
      '/zz/ two z',
      'if !/q/',
      '/zy/ zy',
      'endif',
      'endif',
      '/k(a)(b)/ $2$1 ${2}x $(1)',
      '|slash/es| yes',
      '!/@/ noat',
    ]);
    const expected = {
      fooXbar: 'got X',
      abc: 'xby$z',
      ac: 'xy$z',
      Case: 'exact',
      'case@': undefined,
      zz: 'two z',
      zya: 'zy',
      'zyq@': undefined,
      KAB: 'BA Bx A',
      'slash/es@': 'yes',
      other: 'noat',
    };
    for (const [key, value] of Object.entries(expected))
      assert.equal(await lookup(key), value, key);
    assert.deepEqual(warnings(), []);
  });

  test(`${type}: bad rules are said and left out`, () => {
    const isPcre = type === 'pcre';
    const { warnings } = table(type, [
      '/^Foo/i $(0)x',
      '/unclosed bad',
      '/(/ bad',
      '/x/q badflag',
      '/dollar/ $2',
      'endif',
      '!/neg(x)/ $1',
      'foo bar',
      'if /open/',
    ]);
    assert.deepEqual(warnings(), [
      `line 1: ${isPcre ? 'out of range' : 'out-of-range'} replacement index "0"`,
      'line 1: bad replacement syntax: skipping this rule',
      `line 2: no closing regexp delimiter "/": ${isPcre ? 'ignoring' : 'skipping'} this rule`,
      isPcre
        ? 'line 3: error in regex at offset 1: missing closing parenthesis'
        : 'line 3: Unmatched ( or \\(',
      'line 4: unknown regexp option "q": skipping this rule',
      'line 5: out of range replacement index "2": skipping this rule',
      'line 6: ignoring ENDIF without matching IF',
      'line 7: $number found in negative match replacement text: skipping this rule',
      'line 8: ignoring unrecognized request',
      'line 9: IF has no matching ENDIF',
    ]);
  });
}

test('pcre: a pattern that would take for ever gives up, and the lookup fails', async () => {
  const { dict } = table('pcre', ['/^(a+)+$/ x']);
  const result = await dict.lookup(`${'a'.repeat(40)}b`);
  // Newer libraries see through this one.
  assert.ok(result.is === 'error' || result.is === 'not-found');
});

test('where results name transports, commands or files, rules that put parts of the key into them are skipped', async () => {
  const lines = ['/^(.*)@x$/ |cp $1', '/^a@/ |cat $$0', '/^(.*)$/ kept'];
  for (const type of ['regexp', 'pcre']) {
    const { file, log, opener } = written(lines);
    const dict = opener.open(`${type}:${file}`, { literalResults: true });
    assert.deepEqual(await dict.lookup('a@x'), { is: 'found', value: '|cat $0' });
    assert.deepEqual(await dict.lookup('b@x'), { is: 'found', value: 'kept' });
    const shared = opener.open(`pipemap:{${type}:${file}}`, { literalResults: true });
    assert.deepEqual(await shared.lookup('b@x'), { is: 'found', value: 'kept' });
    assert.deepEqual(await opener.open(`${type}:${file}`).lookup('b@x'), {
      is: 'found',
      value: '|cp b',
    });
    assert.match(
      log.lines.join('\n'),
      /line 1: regular expression substitution is not allowed: skipping this rule/,
    );
  }
});

test('regexp and pcre: text beyond ASCII matches and comes back whole', async () => {
  for (const type of ['regexp', 'pcre']) {
    const { lookup } = table(type, ['/^gr(.*)e$/ <$1>']);
    assert.equal(await lookup('gr\u00fc\u00dfe'), '<\u00fc\u00df>');
  }
});

test('regexp: back references are matched within bounds; patterns that nothing could hold are left out', async () => {
  const { lookup } = table('regexp', ['/^(.+)@\\1$/ same $1', '/^([^x]+)-\\1[0-9]{2}$/ twice']);
  assert.equal(await lookup('user@user'), 'same user');
  assert.equal(await lookup('user@other'), undefined);
  assert.equal(await lookup('ab-ab12'), 'twice');
  const heavy = table('regexp', ['/((a*)(a*))*\\2\\3c/ x']);
  // Without a bound this takes the C library half a minute.
  const result = await heavy.dict.lookup(`${'a'.repeat(50)}d`);
  assert.ok(result.is === 'error' || result.is === 'not-found');
  const big = table('regexp', ['/((a{1,200}){1,200}){1,200}/ x', `/${'('.repeat(30_000)}/ x`]);
  assert.equal(await big.lookup('a'), undefined);
  assert.match(big.warnings().join(' '), /too big.*too big/s);
});
