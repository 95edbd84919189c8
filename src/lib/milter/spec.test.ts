import assert from 'node:assert/strict';
import test from 'node:test';
import { testSettings } from '../../testing/settings.js';
import { parseMilters } from './spec.js';

const parse = (list: string): ReturnType<typeof parseMilters> =>
  parseMilters(list, testSettings({ milter_default_action: 'tempfail' }), '/queue');

test('filters are named as Postfix names them, each with its own settings', () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['inet:localhost:8891', { host: 'localhost', port: 8891 }],
    ['inet:[::1]:8891', { host: '::1', port: 8891 }],
    ['inet6:ip6-localhost:8891', { host: 'ip6-localhost', port: 8891, family: 6 }],
    ['unix:/run/filter.sock', { path: '/run/filter.sock' }],
    ['unix:private/filter', { path: '/queue/private/filter' }],
    ['local:filter', { path: '/queue/filter' }],
  ];
  for (const [name, place] of rows) {
    const [spec] = parse(name);
    assert.ok(spec && 'place' in spec, name);
    assert.deepEqual([spec.name, spec.place, spec.defaultAction], [name, place, 'tempfail']);
  }
  const [own] = parse(
    '{ inet:h:1, connect_timeout=5s, command_timeout = 2m content_timeout=1, default_action = accept, protocol=2 }',
  );
  assert.ok(own && 'place' in own);
  assert.deepEqual(
    [own.name, own.connectMs, own.commandMs, own.contentMs, own.defaultAction, own.offer.version],
    ['inet:h:1', 5000, 120_000, 1000, 'accept', 2],
  );
});

test('several filters stand in a list, with commas or blanks', () => {
  assert.deepEqual(
    parse('inet:a:1, unix:/b {inet:c:2, default_action=accept}').map(({ name }) => name),
    ['inet:a:1', 'unix:/b', 'inet:c:2'],
  );
});

test('what is wrong is said', () => {
  for (const bad of [
    'inet:localhost',
    'inet:h:99999',
    'filter',
    'tcp:h:1',
    '{ inet:h:1, default_action=maybe }',
    '{ inet:h:1, protocol=9 }',
    '{ inet:h:1, connect_timeout=soon }',
    '{ inet:h:1, color=red }',
  ]) {
    const [spec] = parse(bad);
    assert.ok(spec && 'problem' in spec, bad);
  }
});
