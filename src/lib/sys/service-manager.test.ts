import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { createServiceNotifier } from './service-manager.js';

const folder = temporaryFolder();
const hasSocat = ['/usr/bin/socat', '/bin/socat'].some((file) => existsSync(file));

test('nobody asked: nothing is sent', () => {
  createServiceNotifier({})('ready', 'running');
});

test('the service manager hears of each state', {
  skip: hasSocat ? false : 'no socat',
}, async () => {
  const file = path.join(folder, 'notify');
  const heard: Buffer[] = [];
  const listener = spawn('socat', ['-u', `UNIX-RECV:${file}`, '-']);
  listener.stdout.on('data', (bytes: Buffer) => heard.push(bytes));
  for (let waited = 0; waited < 200 && !existsSync(file); waited += 1) await sleep(10);
  const environment: NodeJS.ProcessEnv = { NOTIFY_SOCKET: file };
  const notify = createServiceNotifier(environment);
  assert.equal(environment['NOTIFY_SOCKET'], undefined, 'children do not speak for us');
  notify('ready', 'running');
  notify('reloading', 'reading');
  notify('stopping', 'ending');
  const text = (): string => Buffer.concat(heard).toString();
  for (let waited = 0; waited < 200 && !text().includes('STOPPING=1'); waited += 1) await sleep(10);
  listener.kill();
  assert.match(text(), /READY=1\nMAINPID=\d+\nSTATUS=running/);
  assert.match(text(), /RELOADING=1\nMONOTONIC_USEC=\d+\n/);
  assert.match(text(), /STOPPING=1\n/);
});
