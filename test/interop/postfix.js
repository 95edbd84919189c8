/**
 * postfix - Debian's Postfix and Hikyaku under the same settings, compared.
 *
 *   npm run test:postfix [-- --only WORD] [--part dialogues|messages|commands|milters|rewriting] [--self] [--keep]
 *
 * --only   cases whose name holds the word
 * --self   Postfix against Postfix: everything must be equal, or the comparison itself is wrong
 * --write-open  writes open-differences.txt anew: the cases that differ and are still to be mended (all parts only)
 * --keep   leaves the directories of the run
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Report } from '../support/compare.js';
import { startDns } from '../support/dns-server.js';
import { isolate, needPrograms } from '../support/isolation.js';
import { drivers, Instance } from '../support/servers.js';
import { commandCases } from './run-commands.js';
import { variants } from './dialogues/index.js';
import { compareVariant, runVariant } from './run-dialogues.js';
import { messageCases } from './run-messages.js';
import { milterCases } from './run-milters.js';
import { rewritingCases } from './run-rewriting.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    part: { type: 'string', default: 'dialogues,messages,commands,milters,rewriting' },
    self: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'write-open': { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
  },
});

needPrograms({
  '/usr/sbin/postfix': 'postfix',
  '/usr/lib/postfix/sbin/smtpd': 'postfix',
  setpriv: 'util-linux',
  ip: 'iproute2',
});
const place = await isolate(import.meta.url, { keep: options.keep });
await startDns();

const meant = fileURLToPath(new URL('meant-differences.json', import.meta.url));
const open = fileURLToPath(new URL('open-differences.txt', import.meta.url));
const report = new Report(options.self ? undefined : meant, options.self ? undefined : open);
const reference = new Instance(drivers.postfix, place.base, 2525);
const tested = new Instance(options.self ? drivers.postfix2 : drivers.hikyaku, place.base, 2526);
report.oursName = tested.name;
const parts = options.part.split(',');
const started = Date.now();
const progress = (text) =>
  console.log(`[${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s] ${text}`);

if (parts.includes('dialogues')) {
  for (const variant of variants) {
    const wanted = (name) => `${variant.name}/${name}`.includes(options.only);
    const [left, right] = await Promise.all([
      runVariant(reference, variant, wanted),
      runVariant(tested, variant, wanted),
    ]);
    if (left.size === 0) continue;
    const before = report.unexpected.length;
    // A busy machine makes time-outs and log lines late: what differs once is asked a second time.
    const first = new Report(options.self ? undefined : meant);
    first.silent = true;
    compareVariant(first, variant, left, right);
    const again = new Set(first.unexpected.map(({ name }) => name));
    if (again.size > 0 && !options['write-open']) {
      const repeat = (name) =>
        again.has(`${variant.name}/${name}`) &&
        !report.open.has(`dialogues: ${variant.name}/${name}`);
      const [leftAgain, rightAgain] = await Promise.all([
        runVariant(reference, variant, repeat),
        runVariant(tested, variant, repeat),
      ]);
      for (const [name, result] of leftAgain) left.set(name, result);
      for (const [name, result] of rightAgain) right.set(name, result);
    }
    const known = report.unexpected.length;
    compareVariant(report, variant, left, right);
    const still = new Set(report.unexpected.slice(known).map(({ name }) => name));
    for (const name of again)
      if (!still.has(name)) progress(`${name}: differed once, and not the second time`);
    const failed = report.unexpected.length - before;
    progress(`${variant.name}: ${left.size} dialogues${failed > 0 ? `, ${failed} differ` : ''}`);
  }
}
if (parts.includes('messages'))
  await messageCases({ report, reference, tested, place, options, progress });
if (parts.includes('milters')) await milterCases({ report, reference, tested, options, progress });
if (parts.includes('rewriting'))
  await rewritingCases({ report, reference, tested, options, progress });
if (parts.includes('commands'))
  await commandCases({ report, reference, tested, place, options, progress });

if (options['write-open']) {
  const header =
    '# Cases that differ from Postfix and are still to be mended. Written by: npm run test:postfix -- --write-open\n';
  const lines = report.unexpected.map(({ section, name }) => `${section}: ${name}\n`);
  writeFileSync(open, header + lines.join(''));
}
const complete = options.only === '' && parts.length === 5;
process.exit(report.close({ checkList: complete && !options.self }));
