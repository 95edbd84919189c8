import assert from 'node:assert/strict';
import test from 'node:test';
import { escapeControls } from './escape.js';

test('what a client sent stands in the log as C would write it', () => {
  assert.equal(escapeControls('\x1b[31mBAD\x07 a\\b\r\n\xff'), '\\033[31mBAD\\a a\\\\b\\r\\n\\377');
});
