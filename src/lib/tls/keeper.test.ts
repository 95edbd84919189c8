import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fakeClock } from '../../testing/fake-clock.js';
import { memoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { testAuthority, testCertificate } from '../../testing/tls-peer.js';
import { FatalError } from '../util/fatal-error.js';
import { TlsKeeper, type TlsService } from './keeper.js';
import type { TlsMaterial } from './material.js';

const folder = temporaryFolder();

function pem(name: string): string {
  const { key, certificate } = testCertificate(name);
  return key + certificate;
}

function setUp(name: string, settings: Record<string, string> = {}) {
  const file = path.join(folder, `${name}.pem`);
  writeFileSync(file, pem('mail.example.test'));
  const clock = fakeClock();
  const log = memoryLog();
  const changes: TlsMaterial[] = [];
  const keeper = new TlsKeeper({
    log,
    clock,
    onChange: (material) => void changes.push(material),
  });
  const service: TlsService = {
    name: 'smtp',
    side: 'smtpd',
    settings: testSettings({
      smtpd_tls_security_level: 'may',
      smtpd_tls_chain_files: file,
      ...settings,
    }),
  };
  return { file, clock, log, changes, keeper, service };
}

/** A change that shows even where the clock of the disk is coarse. */
function change(file: string, text: string): void {
  writeFileSync(file, text);
  const time = statSync(file).mtimeMs / 1000 + 1;
  utimesSync(file, time, time);
}

test('a new certificate is handed on once, a broken one told once, and mended again taken', async () => {
  const { file, clock, log, changes, keeper, service } = setUp('renewed');
  keeper.use([service]);
  await clock.advance(30_000);
  assert.equal(changes.length, 0);
  const renewed = pem('mail.example.test');
  change(file, renewed);
  await clock.advance(30_000);
  assert.deepEqual(
    changes.map(({ files }) => files[file]),
    [{ is: 'text', text: renewed }],
  );
  change(file, renewed.slice(0, 300));
  await clock.advance(60_000);
  assert.equal(changes.length, 1);
  const told = log.lines.filter((line) => line.includes('the old certificate stays in use'));
  assert.equal(told.length, 1);
  assert.deepEqual(keeper.material.files[file], { is: 'text', text: renewed });
  change(file, renewed);
  await clock.advance(10_000);
  assert.equal(changes.length, 2);
  keeper.stop();
});

test('what cannot be used stops the start, and at a reload changes nothing', () => {
  const { file, keeper, service } = setUp('start');
  keeper.use([service]);
  const { material } = keeper;
  const missing = testSettings({
    smtpd_tls_security_level: 'may',
    smtpd_tls_chain_files: '/nowhere.pem',
  });
  assert.throws(
    () => keeper.use([{ ...service, settings: missing }]),
    (error) => error instanceof FatalError && /\/nowhere\.pem: No such file/.test(error.message),
  );
  assert.deepEqual(keeper.material, material);
  assert.ok(keeper.material.files[file]);
  keeper.stop();
});

test('without TLS nothing is read', () => {
  const { keeper, service } = setUp('none');
  const none = testSettings({ smtpd_tls_chain_files: '/nowhere.pem' });
  keeper.use([{ ...service, settings: none }]);
  assert.deepEqual(keeper.material.files, {});
  keeper.stop();
});

test('ticket keys change with the time of the session cache; the one before still opens', async () => {
  const { clock, changes, keeper, service } = setUp('tickets', {
    smtpd_tls_session_cache_timeout: '600s',
  });
  keeper.use([service]);
  const [first] = keeper.material.ticketKeys;
  await clock.advance(600_000);
  const [second, before] = changes.at(-1)?.ticketKeys ?? [];
  assert.notEqual(second, first);
  assert.equal(before, first);
  await clock.advance(600_000);
  assert.ok(first !== undefined && !keeper.material.ticketKeys.includes(first));
  keeper.stop();
});

test('a CApath is read as OpenSSL reads it: by hashed names only', () => {
  const directory = path.join(folder, 'authorities');
  mkdirSync(directory);
  writeFileSync(path.join(directory, '0a1b2c3d.0'), testAuthority.certificate);
  writeFileSync(path.join(directory, 'server.key'), 'not to be read');
  assert.equal(readdirSync(directory).length, 2);
  const { keeper, service } = setUp('capath', { smtpd_tls_CApath: directory });
  keeper.use([service]);
  const file = keeper.material.files[`dir:${directory}`];
  assert.deepEqual(file, { is: 'text', text: testAuthority.certificate.trim() });
  keeper.stop();
});

test('tables of names: text ones name files, and what is wrong in them stops the start', () => {
  const table = path.join(folder, 'sni');
  const own = path.join(folder, 'sni.pem');
  writeFileSync(own, pem('other.test'));
  writeFileSync(table, `Other.test ${own}\n`);
  const spec = `texthash:${table}`;
  const { keeper, service } = setUp('sni', { tls_server_sni_maps: spec });
  keeper.use([service]);
  assert.deepEqual(Object.keys(keeper.material.sniTables[spec] ?? {}), ['other.test']);
  writeFileSync(table, 'other.test /nowhere.pem\n');
  assert.throws(() => keeper.use([service]), /tls_server_sni_maps = texthash:.*\/nowhere\.pem/);
  keeper.stop();
});
