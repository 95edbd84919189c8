import assert from 'node:assert/strict';
import test from 'node:test';
import { splitStatus } from './status.js';

test('a status in front of a text is taken off it', () => {
  assert.deepEqual(splitStatus('5.7.1 go away', '5.0.0'), { dsn: '5.7.1', text: 'go away' });
  assert.deepEqual(splitStatus('4.2.1', '5.0.0'), { dsn: '4.2.1', text: '' });
  for (const text of ['go away', '550 no', '5.7.1x no', '3.7.1 no', '5.7 no'])
    assert.deepEqual(splitStatus(text, '5.0.0'), { dsn: '5.0.0', text });
});
