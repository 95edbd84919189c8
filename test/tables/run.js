/**
 * run - PostgreSQL, MariaDB, OpenLDAP, SQLite and memcached behind one virtual domain: a row each.
 *
 *   npm run test:tables [-- --only WORD] [--part answers|outage] [--keep] [--install]
 *
 * Answers of `postmap -q` are compared with Debian's Postfix; then mail flows, and the server is stopped in mid-run.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { endDaemons } from '../peers/daemon.js';
import { startDns } from '../support/dns-server.js';
import { isolate, needPrograms } from '../support/isolation.js';
import { drivers, Instance, run } from '../support/servers.js';
import { compareAnswers } from './answers.js';
import { backEnds } from './back-ends.js';
import { runOutage } from './outage.js';
import { createReference, fetchReference } from './reference.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    part: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
  },
});

const rows = backEnds().filter(({ name }) => name.includes(options.only));
needPrograms(Object.assign({}, ...rows.map(({ needs }) => needs)));
const fetched = fetchReference(
  rows.flatMap(({ reference }) => (reference ? [reference.replace('postfix-', '')] : [])),
);
const { base } = await isolate(import.meta.url, { keep: options.keep });
await startDns();
const reference = createReference(base, fetched);
const instance = new Instance(drivers.hikyaku, base, 2526);
writeFileSync(
  path.join(base, 'backup'),
  "plain unqualified\no'brien@virt.test backed@up.example\n",
);

async function answersOf(row) {
  const isComparable = row.type === 'memcache' || fetched.includes(row.type);
  const hikyaku = (program, args, more) =>
    run(drivers.hikyaku.command(program), ['-c', instance.etc, ...args], more);
  const parts = { base, hikyaku, reference: isComparable ? reference : undefined };
  const reports = [await compareAnswers(row, parts)];
  if (row.hostile) {
    await row.hostile.before();
    reports.push(await compareAnswers(row, parts));
    await row.hostile.after();
  }
  const wrong = reports.flatMap(({ differences }) => differences);
  if (wrong.length > 0) throw new Error(`answers:\n${wrong.join('\n')}`);
  const count = reports.reduce((sum, { equal }) => sum + equal, 0);
  return isComparable ? `${count} answers as Postfix's` : 'no Postfix to compare with';
}

let failed = 0;
for (const row of rows) {
  const started = Date.now();
  let line;
  try {
    instance.wipe();
    await instance.configure();
    await row.prepare(base);
    const said = [];
    if (options.part !== 'outage') said.push(await answersOf(row));
    if (options.part !== 'answers') said.push(await runOutage(row, { base, instance }));
    line = `✓ ${row.name} ${await row.version()}: ${said.join('; ')}`;
  } catch (error) {
    failed += 1;
    line = `✗ ${row.name}: ${error.stack}\n${instance.log().split('\n').slice(-12).join('\n')}`;
  }
  await instance.stop().catch(() => undefined);
  await endDaemons();
  console.log(`${line} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
console.log(`\n${rows.length - failed} of ${rows.length} rows pass`);
process.exit(failed === 0 && rows.length > 0 ? 0 : 1);
