import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { openContentTables, parseContentAction } from './content-check.js';
import { LookupError } from './match-list.js';

test('actions are read with their text, whatever their case', () => {
  assert.deepEqual(parseContentAction('discard', 'body'), { is: 'discard', text: '' });
  assert.deepEqual(parseContentAction('PREPEND X-Seen: yes', 'header'), {
    is: 'prepend',
    text: 'X-Seen: yes',
  });
  assert.deepEqual(parseContentAction('FILTER scan:[127.0.0.1]:10025', 'header'), {
    is: 'filter',
    destination: 'scan:[127.0.0.1]:10025',
  });
  assert.deepEqual(parseContentAction('DUNNO whatever', 'body'), { is: 'none' });
});

test('REJECT takes an enhanced code, or has one', () => {
  for (const [value, enhanced, text] of [
    ['REJECT', '5.7.1', 'message content rejected'],
    ['REJECT go away', '5.7.1', 'go away'],
    ['REJECT 5.7.9  go away', '5.7.9', 'go away'],
    ['REJECT 4.7.0 not now', '4.7.0', 'not now'],
  ] as const)
    assert.deepEqual(parseContentAction(value, 'body'), { is: 'reject', enhanced, text });
  assert.deepEqual(parseContentAction('REJECT 2.0.0 fine', 'body'), {
    is: 'reject',
    enhanced: '4.0.0',
    text: 'fine',
    warning: 'bad DSN action in 2.0.0 fine -- need 4.x.x or 5.x.x',
  });
});

test('what cannot be done is said, not done', () => {
  const said = (value: string, place: 'header' | 'body'): string | undefined => {
    const action = parseContentAction(value, place);
    return action.is === 'none' ? action.warning?.('header_checks') : action.is;
  };
  assert.equal(
    said('REDIRECT nobody', 'header'),
    'bad REDIRECT target "nobody" in header_checks map -- need user@domain',
  );
  assert.equal(
    said('FILTER scan', 'header'),
    'bad FILTER command scan in header_checks -- need transport:destination',
  );
  assert.equal(said('REPLACE', 'body'), 'REPLACE action without text in header_checks map');
  assert.equal(
    said('PREPEND no field', 'header'),
    'bad PREPEND header text "no field" in header_checks map -- need "headername: headervalue"',
  );
  assert.equal(said('PREPEND no field', 'body'), 'prepend');
  assert.equal(said('REJCT x', 'body'), 'unknown');
  assert.equal(said('', 'body'), 'unknown');
});

test('each class has its tables; one in trouble is named', async () => {
  const lists = {
    header: { parameter: 'header_checks', value: 'hash:h' },
    mime: { parameter: 'mime_header_checks', value: '' },
    nested: { parameter: 'nested_header_checks', value: '' },
    body: { parameter: 'body_checks', value: 'broken:b' },
  };
  const tables = openContentTables(lists, fakeDicts({ h: { 'subject: spam': 'REJECT' } }));
  assert.equal(tables.has('mime'), false);
  assert.equal(await tables.find('header', 'Subject: spam'), 'REJECT');
  assert.equal(await tables.find('mime', 'Subject: spam'), undefined);
  await assert.rejects(
    tables.find('body', 'x'),
    (error) => error instanceof LookupError && error.message.startsWith('body_checks map lookup'),
  );
});
