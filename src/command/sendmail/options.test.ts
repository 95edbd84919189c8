/** Texts are those of Postfix 3.7. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FatalError } from '../../lib/util/fatal-error.js';
import { parseSendmailOptions } from './options.js';

function parse(...args: readonly string[]) {
  const said: string[] = [];
  return { options: parseSendmailOptions(args, (text) => void said.push(text)), said };
}

const refused: readonly (readonly [readonly string[], string])[] = [
  [['-t', '-bv'], '-t option cannot be used with -bv'],
  [['-B', 'foo', 'x'], '-B option needs 8BITMIME or 7BIT'],
  [['-bp', 'x'], 'display queue mode requires no recipient'],
  [['-q', 'x'], 'flush queue mode requires no recipient'],
  [['-qR'], 'specify: -qRsitename'],
  [['-qI'], 'specify: -qIqueueid'],
  [['-qS', 'x'], '-qS is not implemented'],
  [['-bi', 'x'], 'alias initialization mode requires no recipient'],
  [['-bd', 'x'], 'daemon mode requires no recipient'],
  [['-bs', 'x'], 'stand-alone mode requires no recipient'],
  [['-oA'], '-oA requires pathname'],
  [['-bz'], 'unsupported: -bz'],
  [['-XX', 'x'], 'unsupported: -XX'],
  [['-n', 'x'], '-n option not supported'],
  [['-Z'], 'usage: sendmail [options]'],
  [['-f'], 'usage: sendmail [options]'],
];

for (const [args, text] of refused) {
  test(`sendmail ${args.join(' ')}: ${text}`, () => {
    assert.throws(
      () => parse(...args),
      (error) => error instanceof FatalError && error.message === text && error.exitStatus === 75,
    );
  });
}

test('VERP is asked for by -XV, by the old -Vxy with a warning; a longer -V is an envelope id', () => {
  assert.equal(parse('-XV', 'x').options.verp, '');
  assert.equal(parse('-XV-=', 'x').options.verp, '-=');
  const { options, said } = parse('-V+=', 'x');
  assert.equal(options.verp, '+=');
  assert.deepEqual(said, [
    'warning: option -V+= is deprecated with Postfix 2.3; specify -XV+= instead',
  ]);
  assert.deepEqual(
    [parse('-V', 'env', 'x').options.dsnEnvid, parse('x').options.verp],
    ['env', undefined],
  );
});

test("options of Sendmail's own are ignored, the first operand ends all options", () => {
  const ignored = [
    '-om',
    '-o7',
    '-o8',
    '-oem',
    '-em',
    '-Am',
    '-h',
    '5',
    '-L',
    'x',
    '-O',
    'a=b',
    '-U',
  ];
  const { options, said } = parse(...ignored, '-bm', 'x', '-f', 'y');
  assert.deepEqual(options.recipients, ['x', '-f', 'y']);
  assert.equal(options.sender, undefined);
  assert.deepEqual(said, []);
});

test('-- lets a recipient begin with a dash', () => {
  const { options } = parse('-i', '-fme', '--', '-x');
  assert.deepEqual(options.recipients, ['-x']);
  assert.equal(options.sender, 'me');
  assert.equal(options.ignoreDots, true);
});

test('-N, -R and -V ask for notifications, and bad values are ignored aloud', () => {
  const good = parse('-N', 'success,delay', '-R', 'hdrs', '-V', 'a+20b', 'x').options;
  assert.deepEqual([good.dsnNotify, good.dsnRet, good.dsnEnvid], [10, 'HDRS', 'a b']);
  const bad = parse('-N', 'never,delay', '-R', 'some', '-V', 'a b', 'x');
  assert.deepEqual([bad.options.dsnNotify, bad.options.dsnRet, bad.options.dsnEnvid], [0, '', '']);
  assert.deepEqual(bad.said, [
    'warning: bad -N option value -- ignored',
    'warning: bad -R option value -- ignored',
    'warning: bad syntax in -V option value -- ignored',
  ]);
});

const modes: readonly (readonly [readonly string[], string, readonly string[]])[] = [
  [['-bp'], 'postqueue', ['-p']],
  [['-q'], 'postqueue', ['-f']],
  [['-q30m'], 'postqueue', ['-f']],
  [['-qRexample.org'], 'postqueue', ['-s', 'example.org']],
  [['-qIABC'], 'postqueue', ['-i', 'ABC']],
  [['-bi'], 'newaliases', []],
  [['-I'], 'newaliases', []],
  [['-oA/etc/x'], 'postalias', ['--', '/etc/x']],
];

for (const [args, command, rest] of modes) {
  test(`sendmail ${args.join(' ')} is ${command} ${rest.join(' ')}`, () => {
    assert.deepEqual(parse(...args).options.mode, { is: 'run', command, args: rest });
  });
}

test('-bd starts the mail system, whatever -q says about times', () => {
  const { options, said } = parse('-bd', '-q30m');
  assert.equal(options.mode.is, 'daemon');
  assert.deepEqual(said, ['warning: ignoring -q option in daemon mode']);
});
