import assert from 'node:assert/strict';
import test from 'node:test';
import { parseMailParameters, parseRcptParameters } from './esmtp-parameters.js';
import { replies } from './replies.js';

const all = { size: true, body: true, dsn: true, smtputf8: true, verp: undefined };

function orcpt(value: string): string | undefined {
  const parsed = parseRcptParameters(`ORCPT=${value}`, all, () => undefined);
  return 'code' in parsed ? undefined : parsed.dsnOrcpt;
}

test('a size beyond any file is told apart from one that is no number', () => {
  assert.equal(parseMailParameters('SIZE=99999999999999999999999', all), replies.beyondFileSystem);
  assert.equal(parseMailParameters('SIZE=1x', all), replies.badSize);
});

test('DSN parameters are refused as such where DSN is not offered', () => {
  const without = { ...all, dsn: false };
  for (const text of ['RET=FULL', 'ENVID=x'])
    assert.equal(parseMailParameters(text, without), replies.dsnDisabled, text);
  for (const text of ['NOTIFY=NEVER', 'ORCPT=rfc822;x'])
    assert.equal(
      parseRcptParameters(text, without, () => undefined),
      replies.dsnDisabled,
      text,
    );
});

test('XVERP is taken from those who may, with delimiters of those allowed', () => {
  const verp = { ...all, verp: { preset: '+=', allowed: '-=+' } };
  const of = (text: string): unknown => {
    const parsed = parseMailParameters(text, verp);
    return 'code' in parsed ? parsed.code : parsed.verp;
  };
  assert.deepEqual(['', 'XVERP', 'xverp=-=', 'XVERP=', 'XVERP=+', 'XVERP=ab'].map(of), [
    undefined,
    '+=',
    '-=',
    501,
    501,
    501,
  ]);
  const refused = parseMailParameters('XVERP', all);
  assert.equal('code' in refused ? refused.code : undefined, 555);
});

test('ORCPT is xtext, or with the type utf-8 what RFC 6533 writes', () => {
  assert.equal(orcpt('rfc822;a+2Bb@x.example'), 'rfc822;a+b@x.example');
  assert.equal(orcpt('rfc822;'), 'rfc822;');
  assert.equal(orcpt('utf-8;gr\\x{FC}n@x.example'), 'utf-8;gr\u00fcn@x.example');
  assert.equal(orcpt('UTF-8;gr\u00c3\u00bcn@x.example'), 'UTF-8;gr\u00fcn@x.example');
  for (const bad of [
    'rfc822',
    ';x',
    'rfc822;a+XX',
    'utf-8;\\x{D800}',
    'utf-8;\\x{0A}',
    'utf-8;\\n',
  ])
    assert.equal(orcpt(bad), undefined, bad);
});

test('an unknown NOTIFY word is told to the administrator', () => {
  const warned: string[] = [];
  const parsed = parseRcptParameters('NOTIFY=sometimes', all, (text) => void warned.push(text));
  assert.equal(parsed, replies.badNotify);
  assert.deepEqual(warned, ['unknown DSN NOTIFY command value "sometimes" in "sometimes"']);
});
