import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLog } from '../../testing/memory-log.js';
import { createDictOpener } from '../dict/open.js';
import { createLoginSenders } from './login-senders.js';

const nameless = 2 ** 31 - 7;

function allows(maps: string, sender: string, uid = 0): Promise<boolean> {
  return createLoginSenders(
    {
      local_login_sender_maps: maps,
      empty_address_local_login_sender_maps_lookup_key: '<>',
      recipient_delimiter: '+-',
    },
    createDictOpener({ log: memoryLog() }),
  ).allows(uid, sender);
}

const some = 'inline:{ { root = me@x.example, @ok.example, bare } }';
const rows: readonly [sender: string, maps: string, isAllowed: boolean][] = [
  ['me@x.example', some, true],
  ['ME@X.example', some, true],
  ['me+box@x.example', some, true],
  ['+me@x.example', some, false],
  ['z@ok.example', some, true],
  ['z@sub.ok.example', some, false],
  ['bare', some, true],
  ['bare@mail.example', some, false],
  ['', some, false],
  ['', 'inline:{ { root = <> } }', true],
  ['<>', 'inline:{ { root = <> } }', true],
  ['any@any', 'inline:{ { root = * } }', true],
  ['any@any', 'inline:{ { daemon = * } }', false],
  ['any@any', 'static:*', true],
  ['any@any', '', false],
];

for (const [sender, maps, isAllowed] of rows)
  test(`root ${isAllowed ? 'may' : 'may not'} be <${sender}> with ${maps}`, async () => {
    assert.equal(await allows(maps, sender), isAllowed);
  });

test('who has no login name is known by number', async () => {
  const maps = `inline:{ { uid:${nameless} = a@b } }`;
  assert.equal(await allows(maps, 'a@b', nameless), true);
});
