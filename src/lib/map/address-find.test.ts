import assert from 'node:assert/strict';
import test from 'node:test';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { testSettings } from '../../testing/settings.js';
import { createAddressClasses } from './address-class.js';
import { type AddressFinder, createAddressFinder } from './address-find.js';
import { LookupError } from './match-list.js';
import { openMaps } from './maps.js';

const tables = {
  map: {
    'user+ext@x.example': 'full@y',
    'user@x.example': 'a@y, b@y',
    local: 'c@y',
    'only+ext': 'd@y',
    '@x.example': 'rest@y',
    '@keep.example': '@kept.example',
    '"a b"@x.example': '"c d"@y',
  },
};

function finder(propagate: boolean, spec = 'test:map'): AddressFinder {
  const settings = testSettings({
    recipient_delimiter: '+',
    mydestination: 'here.example',
    myorigin: 'origin.example',
  });
  const dicts = fakeDicts(tables);
  const classes = createAddressClasses(settings, dicts);
  return createAddressFinder(openMaps(spec, dicts, 'virtual_alias_maps'), settings, classes, {
    propagate,
  });
}

test('keys are asked from the most to the least particular', async () => {
  const rows: readonly (readonly [address: string, found: string])[] = [
    ['user+ext@x.example', 'full@y'],
    ['user+other@x.example', 'a+other@y b+other@y'],
    ['User@X.Example', 'a@y b@y'],
    ['local@here.example', 'c@y'],
    ['local+z@here.example', 'c+z@y'],
    ['only+ext@here.example', 'd@y'],
    ['local@origin.example', 'c@y'],
    ['local@elsewhere.example', '-'],
    ['local', 'c@y'],
    ['none+ext@x.example', 'rest@y'],
    ['Some+One@keep.example', 'Some+One@kept.example'],
    ['a b@x.example', 'c d@y'],
    ['none@none.example', '-'],
  ];
  for (const [address, found] of rows)
    assert.equal((await finder(true).findAddresses(address))?.join(' ') ?? '-', found, address);
});

test('an extension is carried over only where propagate_unmatched_extensions says so', async () => {
  assert.deepEqual(await finder(false).findAddresses('user+other@x.example'), ['a@y', 'b@y']);
});

test('a table in trouble is not the same as no entry', async () => {
  await assert.rejects(finder(true, 'broken:x').find('user@x.example'), LookupError);
});
