/**
 * run - local(8) and virtual(8) beside Debian's Postfix: the same mail to the same users, aliases and files.
 *
 *   node test/delivery/run.js [--postfix-only] [--show] [--keep] [word…]
 *
 * A case passes when the log lines of the delivery agents, the mailboxes (names, owners, modes, contents) and the
 * notifications are equal, or when the difference stands in meant-differences.json with its reason.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmodSync, chownSync, lstatSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { multisetDifferences, Report, textDifference } from '../support/compare.js';
import { content, speak } from '../support/dialogue.js';
import { accounts, isolate, needPrograms } from '../support/isolation.js';
import { Normaliser } from '../support/normalise.js';
import { drivers, Instance, run } from '../support/servers.js';
import { groups } from './groups.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const show = process.argv.includes('--show');
const postfixOnly = process.argv.includes('--postfix-only');
const lastWords = 400; // milliseconds without a new log line after the last message is settled

needPrograms({ '/usr/sbin/postfix': 'postfix' });
const { base, home } = await isolate(import.meta.url, { keep: process.argv.includes('--keep') });
const spool = path.join(base, 'mail');
const vmail = path.join(base, 'vmail');

/** What a case's setup may use. */
const place = {
  base,
  home: (user, name = '') => path.join(home, user, name),
  spool,
  vmail,
  write(file, text, { uid = 0, mode = 0o644 } = {}) {
    const where = typeof uid === 'string' ? accounts[uid] : uid;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(text.replaceAll('@base@', base), 'latin1'));
    chownSync(file, where, where);
    chmodSync(file, mode);
  },
  user: (user, name, text, options = {}) =>
    place.write(path.join(home, user, name), text, { uid: user, ...options }),
};

function cleanPlaces() {
  for (const directory of [home, spool, vmail]) rmSync(directory, { recursive: true, force: true });
  mkdirSync(spool, { mode: 0o1777 });
  chmodSync(spool, 0o1777);
  mkdirSync(home, { mode: 0o755 });
  mkdirSync(vmail, { mode: 0o755 });
  chownSync(vmail, 20001, 20001);
  for (const [name, uid] of Object.entries(accounts)) {
    mkdirSync(path.join(home, name), { mode: 0o700 });
    chownSync(path.join(home, name), uid, uid);
  }
}

/** Every file below the mail places: `mode owner path` and its text, names of Maildir files taken out. */
function snapshot(normaliser) {
  const rows = [];
  const visit = (file) => {
    const found = lstatSync(file);
    const shown = path
      .relative(base, file)
      .replace(/\/(new|tmp|cur)\/\d+\.V[0-9a-f]+I[0-9a-f]+M\d+\.([\w.]+)$/, '/$1/UNIQUE.$2');
    const owner = `${(found.mode & 0o7777).toString(8)} ${found.uid}:${found.gid}`;
    if (found.isDirectory()) {
      rows.push(`${owner} ${shown}/`);
      for (const name of readdirSync(file).sort()) visit(path.join(file, name));
    } else if (found.isSymbolicLink()) rows.push(`link ${shown} -> ${readlinkSync(file)}`);
    else if (found.isFile())
      rows.push(
        `${owner} ${shown}\n${cleanLine(normaliser.text(readFileSync(file, 'latin1'))).replace(/^/gm, '    | ')}`,
      );
    else rows.push(`${owner} ${shown} (special)`);
  };
  for (const root of [home, spool, vmail]) visit(root);
  return rows.sort();
}

/** Resolves when every message of this part of the log is removed or deferred, and nothing more is said. */
async function settled(instance, offset, limit) {
  const end = Date.now() + limit;
  let size = -1;
  let quietSince = Date.now();
  while (Date.now() < end) {
    const log = instance.logFrom(offset);
    if (log.length !== size) {
      size = log.length;
      quietSince = Date.now();
    }
    const active = /qmgr\[\d+\]: ([0-9A-Za-z]+): from=.* nrcpt=(\d+)/g;
    const begun = new Map([...log.matchAll(active)].map(([, id, number]) => [id, Number(number)]));
    // What is deferred is at rest when each recipient has its line, not before.
    const ended = [...begun].filter(([id, recipients]) => {
      const lines = log.match(new RegExp(`${id}: to=.*status=.*`, 'g')) ?? [];
      const isDeferred = lines.some((line) => line.includes('status=deferred'));
      return log.includes(`${id}: removed`) || (isDeferred && lines.length >= recipients);
    });
    if (begun.size > 0 && ended.length === begun.size && Date.now() - quietSince > lastWords)
      return true;
    await sleep(30);
  }
  return false;
}

async function send(
  instance,
  { from = 'kenji@example.test', to, text, options = '', rcpt = '', sendmail },
) {
  const recipients = Array.isArray(to) ? to : [to];
  if (sendmail) {
    // Debian's sendmail would only know Debian's instance: ours gets the same through its own.
    const result = await instance.run('sendmail', ['-i', '-f', from, ...recipients], {
      input: text ?? 'Subject: x\n\nx\n',
    });
    if (result.status !== 0) throw new Error(`sendmail: ${result.stderr}`);
    return;
  }
  await speak(instance.port, [
    'EHLO client.example',
    `MAIL FROM:<${from}>${options}`,
    ...recipients.map((one) => `RCPT TO:<${one}>${rcpt}`),
    'DATA',
    content(
      text ??
        'From: kenji@example.test\nTo: you@example.test\nSubject: hello\nMessage-Id: <1@x>\n\nHello.\n',
    ),
    'QUIT',
  ]);
}

/** Temporary names of a Maildir: the process and its counter. The words that open a notification are each system's own. */
function cleanLine(line) {
  const cleaned = line.replace(
    /(Content-Description: Notification\n(?:.+\n)+\n)[^]*?\n</g,
    '$1(introduction)\n<',
  );
  return (
    cleaned
      .replace(/\/tmp\/(?:\d+\.P\d+(?:Q\d+)?\.\w+|TIME\.P\.HOST)/g, '/tmp/UNIQUE')
      // How long the name is decides where the line is folded.
      .replace(/(\/tmp\/UNIQUE:)\s+Permission\s+denied/g, '$1 Permission denied')
  );
}

/** Recipients that are tried side by side stand in a notification as they came back. */
function sortedParagraphs(row) {
  return row
    .split(/\n {4}\| *(?=\n|$)/)
    .sort()
    .join('\n    |');
}

async function runGroup(driver, group, cases) {
  const instance = new Instance(driver, base, driver.name === 'postfix' ? 2525 : 2626);
  const main = { local_recipient_maps: '', alias_maps: 'hash:@etc@/aliases', ...group.main };
  for (const [name, value] of Object.entries(main)) main[name] = value.replaceAll('@base@', base);
  instance.wipe();
  await instance.configure({
    main,
    files: group.files,
    ...(group.extraMaster === undefined ? {} : { extraMaster: group.extraMaster }),
  });
  // One program makes the table of both: what is compared here is the delivery.
  const made = await run('/usr/sbin/postalias', [
    '-c',
    instance.etc,
    `hash:${instance.etc}/aliases`,
  ]);
  if (made.status !== 0) throw new Error(`postalias: ${made.stderr}`);
  cleanPlaces();
  await instance.start();
  const results = [];
  try {
    for (const each of cases) {
      cleanPlaces();
      await each.setup?.(place, instance);
      const offset = instance.logSize();
      for (const mail of each.mail) await send(instance, mail);
      const done = await settled(instance, offset, each.limit ?? 15_000);
      const normaliser = new Normaliser(instance);
      const log = instance
        .logFrom(offset)
        .split('\n')
        .filter(
          (line) =>
            /postfix\/(local|virtual|error|discard|bounce|cleanup|pipe)\b/.test(line) ||
            /qmgr\[\d+\]: \w+: to=/.test(line) ||
            /warning|fatal|panic/.test(line),
        )
        .filter((line) => !/cleanup\[\d+\]: \w+: message-id=/.test(line));
      normaliser.learn(instance.logFrom(offset));
      results.push({
        done,
        log: log.map((line) => cleanLine(normaliser.logLine(line))),
        files: snapshot(normaliser).map((row) => (each.anyOrder ? sortedParagraphs(row) : row)),
        queue: instance.logFrom(offset),
      });
      await instance.run('postsuper', ['-d', 'ALL']);
      await each.cleanup?.(place, instance);
    }
  } finally {
    await instance.stop();
  }
  return results;
}

const report = new Report(
  existsSync(path.join(here, 'meant-differences.json'))
    ? path.join(here, 'meant-differences.json')
    : undefined,
);
for (const group of groups) {
  const cases = group.cases.filter(
    ({ name }) =>
      words.length === 0 || words.some((word) => `${group.name}: ${name}`.includes(word)),
  );
  if (cases.length === 0) continue;
  const theirs = await runGroup(drivers.postfix, group, cases);
  if (show)
    for (const [index, { name }] of cases.entries()) {
      console.log(`\n### ${group.name}: ${name}${theirs[index].done ? '' : ' (NOT SETTLED)'}`);
      console.log(theirs[index].log.join('\n'));
      console.log(
        theirs[index].files
          .filter((row) => !/\/$/.test(row) || /Maildir|\//.test(row))
          .filter((row) => row.includes('\n') || row.includes('->'))
          .join('\n'),
      );
    }
  if (postfixOnly) continue;
  let ours;
  try {
    ours = await runGroup(drivers.hikyaku, group, cases);
  } catch (error) {
    for (const { name } of cases) report.fail(group.name, name, error.stack);
    continue;
  }
  for (const [index, { name }] of cases.entries()) {
    const [a, b] = [theirs[index], ours[index]];
    const differences = [...multisetDifferences(a.log, b.log, 'log')];
    if (!b.done)
      differences.push({ at: 'end', postfix: 'settled', ours: `not settled:\n${b.queue}` });
    differences.push(...fileDifferences(a.files, b.files));
    report.settle(group.name, `${group.name}: ${name}`, differences);
  }
}
process.exit(postfixOnly ? 0 : report.close({ checkList: words.length === 0 }));

function fileDifferences(theirs, ours) {
  const left = [...theirs];
  const right = [];
  for (const row of ours) {
    const index = left.indexOf(row);
    if (index >= 0) left.splice(index, 1);
    else right.push(row);
  }
  const head = (row) => row.split('\n', 1)[0];
  return [
    ...left.flatMap((row) => {
      const index = right.findIndex(
        (other) => head(other).replace(/^\S+ \S+ /, '') === head(row).replace(/^\S+ \S+ /, ''),
      );
      if (index < 0) return [{ at: `file ${head(row)}`, postfix: row, ours: undefined }];
      const [other] = right.splice(index, 1);
      return textDifference(row, other, `file ${head(row)}`);
    }),
    ...right.map((row) => ({ at: `file ${head(row)}`, postfix: undefined, ours: row })),
  ];
}
