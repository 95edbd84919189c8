import assert from 'node:assert/strict';
import test from 'node:test';
import { testSettings } from '../../testing/settings.js';
import { macroDefaults, macroNames, macroPairs } from './macros.js';

test('the names of an event are those of its parameter', () => {
  const names = macroNames(testSettings({ milter_data_macros: 'i {nrcpts}' }));
  assert.deepEqual(names.data, ['i', '{nrcpts}']);
  assert.deepEqual(names.connect, ['j', '{daemon_name}', '{daemon_addr}', 'v', '_']);
});

test('what has no value has its default, or is left out; the filter has the last word on the names', () => {
  const defaults = macroDefaults(
    testSettings({ milter_macro_defaults: 'auth_type=none, {site} = here, { long = a b }' }),
  );
  const value = (name: string): string | undefined => ({ i: 'QID', j: 'host' })[name];
  assert.deepEqual(
    macroPairs(['i', '{auth_type}', '{long}', '{none}'], undefined, value, defaults),
    ['i', 'QID', '{auth_type}', 'none', '{long}', 'a b'],
  );
  assert.deepEqual(macroPairs(['i'], '{j} site', value, defaults), ['j', 'host']);
});
