/**
 * run - real programs that people plug into a mail server, each driven by Hikyaku: a row each.
 *
 *   npm run test:peers [-- --only WORD] [--keep] [--install]
 *
 * A row is { name, needs: { program: package }, zone?, run({ instance, base }) }; run() gives a sentence of what was
 * seen, or throws; `zone` is what DNS shall know besides. Rows stand in files of their own; `instance` is down when a row begins and when it ends.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { defaultZone, startDns } from '../support/dns-server.js';
import { isolate, needPrograms } from '../support/isolation.js';
import { drivers, Instance } from '../support/servers.js';
import { endDaemons } from './daemon.js';
import { rows as deliverers } from './deliverers.js';
import { rows as filters } from './filters.js';
import { rows as lists } from './lists.js';
import { rows as milters } from './milters.js';
import { rows as policies } from './policies.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
  },
});

const rows = [...milters, ...deliverers, ...lists, ...filters, ...policies].filter(({ name }) =>
  name.includes(options.only),
);
needPrograms(Object.assign({}, ...rows.map(({ needs }) => needs)));
const { base } = await isolate(import.meta.url, { keep: options.keep });
await startDns(Object.assign({ ...defaultZone }, ...rows.map(({ zone }) => zone)));
const instance = new Instance(drivers.hikyaku, base, 2526);

let failed = 0;
for (const row of rows) {
  const started = Date.now();
  let line;
  try {
    instance.wipe();
    line = `✓ ${row.name}: ${await row.run({ instance, base })}`;
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
