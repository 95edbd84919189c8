/**
 * run - filters, policy servers and proxies beside Debian's Postfix: XCLIENT, XFORWARD, check_policy_service,
 * content_filter, smtpd_proxy_filter, the PROXY protocol. The same stories, the same lines.
 *
 *   node test/filters/run.js [--postfix-only] [--show] [--keep] [word…]
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { multisetDifferences, Report, textDifference } from '../support/compare.js';
import { isolate, needPrograms } from '../support/isolation.js';
import { Normaliser } from '../support/normalise.js';
import { drivers, Instance } from '../support/servers.js';
import { groups as plain } from './cases.js';
import { groups as odd } from './odd-cases.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const has = (name) => process.argv.includes(`--${name}`);

needPrograms({ '/usr/sbin/postfix': 'postfix' });
const { base } = await isolate(import.meta.url, { keep: has('keep') });

async function runGroup(driver, group, cases) {
  const instance = new Instance(driver, base, driver.name === 'postfix' ? 2525 : 2626);
  instance.wipe();
  const { main = {}, extraMaster, files = {} } = group;
  await instance.configure({ main, files, ...(extraMaster === undefined ? {} : { extraMaster }) });
  await instance.start();
  const results = new Map();
  let helper;
  try {
    helper = await group.before?.({ instance });
    for (const [name, each] of cases) {
      const offset = instance.logSize();
      let lines;
      try {
        lines = await each.story({ instance, helper });
      } catch (error) {
        lines = [error.stack];
      }
      await sleep(150);
      const normaliser = new Normaliser(instance);
      const log = instance
        .logFrom(offset)
        .split('\n')
        .filter(group.isTold ?? isTold);
      normaliser.learn(log.join('\n'));
      const clean = (line) => normaliser.text(line).replaceAll('queue_id=QID', 'queue_id=SOME');
      results.set(name, {
        lines: lines.map(clean),
        log: log.map((line) =>
          normaliser.logLine(line).replace(/\bpostfix\/\w+\/smtp/, 'postfix/smtp'),
        ),
      });
      await instance.run('postsuper', ['-d', 'ALL']);
    }
  } finally {
    helper?.stop();
    await instance.stop();
  }
  return results;
}

function isTold(line) {
  return (
    /(?:smtpd|smtp)\[\d+\]: /.test(line) &&
    !/relay=none|: (?:connect from|disconnect from|lost connection after CONNECT)/.test(line)
  );
}

const meant = path.join(here, 'meant-differences.json');
const report = new Report(existsSync(meant) ? meant : undefined);
for (const group of [...plain, ...odd]) {
  const cases = Object.entries(group.cases).filter(
    ([name]) => words.length === 0 || words.some((word) => `${group.name}: ${name}`.includes(word)),
  );
  if (cases.length === 0) continue;
  const theirs = await runGroup(drivers.postfix, group, cases);
  if (has('show'))
    for (const [name, { lines, log }] of theirs)
      console.log([`\n### ${group.name}: ${name}`, ...lines, ...log].join('\n'));
  if (has('postfix-only')) continue;
  let ours = new Map();
  let failure;
  try {
    ours = await runGroup(drivers.hikyaku, group, cases);
  } catch (error) {
    failure = error.stack;
  }
  for (const [name] of cases) {
    const [a, b] = [theirs.get(name), ours.get(name)];
    const id = `${group.name}: ${name}`;
    if (!b) report.fail(group.name, id, failure ?? 'no result');
    else
      report.settle(group.name, id, [
        ...textDifference(a.lines.join('\n'), b.lines.join('\n'), 'story'),
        ...multisetDifferences(a.log, b.log, 'log'),
      ]);
  }
}
process.exit(has('postfix-only') ? 0 : report.close({ checkList: words.length === 0 }));
