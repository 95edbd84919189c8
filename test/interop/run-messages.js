/**
 * run-messages - the same messages through both servers; compared are the answers, the files that
 * come out (content, modes, owners), what the next hops heard, and the log.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { multisetDifferences, textDifference } from '../support/compare.js';
import { speak } from '../support/dialogue.js';
import { accounts } from '../support/isolation.js';
import { Normaliser, isStory } from '../support/normalise.js';
import { startPeer } from '../support/peer.js';
import { snapshot } from '../support/snapshot.js';
import { groups } from './messages/groups.js';
import { firstPeerPort, peers } from './messages/peers.js';

const settleLimit = 12_000; // milliseconds

export async function messageCases({ report, reference, tested, place, options, progress }) {
  const hops = [];
  for (const [index, behaviour] of Object.values(peers).entries())
    hops.push(await startPeer(firstPeerPort + index, behaviour));
  hops.push(await startPeer(25, {}, '127.0.0.9'));
  for (const group of groups) {
    const wanted = Object.keys(group.cases).filter((name) =>
      `${group.name}/${name}`.includes(options.only),
    );
    if (wanted.length === 0) continue;
    const postfix = await runGroup(reference, group, wanted, place, hops);
    const ours = await runGroup(tested, group, wanted, place, hops);
    const before = report.unexpected.length;
    for (const name of wanted)
      compareCase(report, `${group.name}/${name}`, postfix.get(name), ours.get(name));
    const failed = report.unexpected.length - before;
    progress(`${group.name}: ${wanted.length} messages${failed > 0 ? `, ${failed} differ` : ''}`);
  }
  for (const hop of hops) hop.stop();
}

function compareCase(report, id, postfix, ours) {
  if (postfix.failure !== undefined || ours.failure !== undefined) {
    report.fail('messages', id, [postfix.failure, ours.failure].filter(Boolean).join('\n'));
    return;
  }
  const logs = multisetDifferences(postfix.log, ours.log, 'log');
  report.count('message log lines', 'all', postfix.log.length);
  report.count(
    'message log lines',
    'equal',
    postfix.log.length - logs.filter((row) => row.postfix !== undefined).length,
  );
  report.settle('messages', id, [
    ...textDifference(postfix.answer, ours.answer, 'answer'),
    ...fileDifferences(postfix.files, ours.files),
    ...textDifference(postfix.heard.join('\n--\n'), ours.heard.join('\n--\n'), 'next hop heard'),
    ...logs,
  ]);
}

/** Files of the same head are compared line by line, the others as a whole. */
function fileDifferences(postfix, ours) {
  const rows = multisetDifferences(postfix, ours, 'file');
  const left = rows.filter((row) => row.postfix !== undefined && row.ours === undefined);
  const right = rows.filter((row) => row.ours !== undefined && row.postfix === undefined);
  const differences = rows
    .filter((row) => row.postfix !== undefined && row.ours !== undefined)
    .flatMap((row) => textDifference(row.postfix, row.ours, 'file'));
  const name = (text) => text.split('\n', 1)[0];
  for (const row of left) {
    const at = right.findIndex((other) => name(other.ours) === name(row.postfix));
    if (at < 0) differences.push(row);
    else
      differences.push(
        ...textDifference(row.postfix, right.splice(at, 1)[0].ours, `file ${name(row.postfix)}`),
      );
  }
  return [...differences, ...right];
}

async function runGroup(instance, group, wanted, place, hops) {
  const results = new Map();
  instance.wipe();
  try {
    await instance.configure(group.configuration);
    await instance.start();
    await probeLogged(instance);
  } catch (error) {
    await instance.stop().catch(() => undefined);
    for (const name of wanted) results.set(name, { failure: error.message });
    return results;
  }
  for (const name of wanted) {
    try {
      results.set(name, await runCase(instance, group.cases[name], place, hops));
    } catch (error) {
      results.set(name, { failure: error.stack });
    }
  }
  await instance.stop();
  return results;
}

/** Fresh homes, a fresh spool, the files of the case. */
function prepare(instance, test, place) {
  for (const name of ['var', 'files']) {
    const directory = path.join(place.base, name);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    chmodSync(directory, 0o1777);
  }
  writeFileSync(path.join(place.base, 'files/members'), 'oyaji\nhanako@example.test\n# no one\n');
  for (const [name, uid] of Object.entries(accounts)) {
    const home = path.join(place.home, name);
    for (const entry of existsSync(home) ? readdirSync(home) : [])
      rmSync(path.join(home, entry), { recursive: true, force: true });
    chownSync(home, uid, uid);
  }
  for (const [name, text] of Object.entries(test.home ?? {})) {
    const file = path.join(place.home, name);
    const uid = accounts[name.split('/')[0]];
    writeFileSync(file, instance.expand(text));
    chmodSync(file, test.modes?.[name] ?? 0o644);
    chownSync(file, uid, uid);
  }
}

async function runCase(instance, test, place, hops) {
  prepare(instance, test, place);
  for (const hop of hops) hop.take();
  const offset = instance.logSize();
  const normaliser = new Normaliser(instance);
  const answers = [];
  for (let time = 0; time < (test.twice ? 2 : 1); time += 1) {
    answers.push(await submit(instance, test));
    await settle(instance, offset, test);
  }
  for (const wait of test.again ?? []) {
    await sleep(wait);
    const before = instance.logSize();
    await instance.run('postqueue', ['-c', instance.etc, '-f']);
    await settle(instance, before, test);
  }
  const logText = instance.logFrom(offset);
  normaliser.learn(logText);
  normaliser.learn(answers.join('\n'));
  const heard = hops
    .flatMap((hop) => hop.take())
    .map((session) => normaliser.text(session.join('\n')));
  const result = {
    answer: normaliser.text(answers.join('\n')),
    heard: heard.sort(),
    files: snapshot(
      {
        home: place.home,
        var: path.join(place.base, 'var'),
        files: path.join(place.base, 'files'),
      },
      (text) => normaliser.text(text),
    ),
    log: logText
      .split('\n')
      .filter(isStory)
      .map((line) => normaliser.logLine(line)),
  };
  if (test.queue) {
    const mailq = await instance.run('mailq', []);
    // The order of the deferred queue is that of a directory: no order at all.
    const rows = normaliser.text(mailq.stdout + mailq.stderr).split(/\n\n|(?<=Recipient-+)\n/);
    result.answer += `\nmailq (exit ${mailq.status}):\n${rows.sort().join('\n\n')}`;
  }
  if (/status=deferred/.test(logText)) {
    await instance.run('postsuper', ['-c', instance.etc, '-d', 'ALL']);
    await sleep(100);
  }
  return result;
}

/** The probe of the port leaves three lines in the log; the first case must not get them. */
async function probeLogged(instance) {
  for (let waited = 0; waited < 60; waited += 1) {
    if (instance.log().includes(']: disconnect from ')) return;
    await sleep(50);
  }
}

async function submit(instance, test) {
  if (test.smtp) {
    const transcript = await speak(instance.port, test.smtp);
    return transcript.map(({ label, replies }) => `${label}\n  ${replies.join('\n  ')}`).join('\n');
  }
  const user = test.user === undefined ? undefined : accounts[test.user];
  const result = await instance.run('sendmail', ['-C', instance.etc, ...test.sendmail], {
    input: test.input,
    ...(user === undefined ? {} : { user, env: { LOGNAME: test.user, USER: test.user } }),
  });
  return `exit ${result.status}\n${result.stdout}${result.stderr}`;
}

/** Waits until every message that the log names is gone or deferred, and the log is at rest. */
async function settle(instance, offset, test) {
  const end = Date.now() + settleLimit;
  let before = '';
  let since = Date.now();
  while (Date.now() < end) {
    const text = instance.logFrom(offset);
    if (text !== before) {
      before = text;
      since = Date.now();
    }
    const rest = Date.now() - since;
    if (test.none ? rest > 400 : isSettled(text) && rest > (test.queue ? 400 : 120)) return;
    await sleep(20);
  }
}

function isSettled(text) {
  const ids = new Map();
  for (const line of text.split('\n')) {
    const match = /postfix\/\w+\[\d+\]: ([0-9A-Za-z]{6,}): (.*)$/.exec(line);
    if (!match || match[1] === 'NOQUEUE' || match[1] === 'warning' || match[1] === 'fatal')
      continue;
    const [, id, rest] = match;
    const known = ids.get(id) ?? { recipients: 1, lines: 0, isDeferred: false, isGone: false };
    ids.set(id, known);
    const active = /^from=.* nrcpt=(\d+)/.exec(rest);
    // Another attempt: its outcomes are waited for anew.
    if (active)
      Object.assign(known, { recipients: Number(active[1]), lines: 0, isDeferred: false });
    if (/^to=.*status=/.test(rest)) known.lines += 1;
    if (/status=deferred/.test(rest)) known.isDeferred = true;
    if (rest === 'removed') known.isGone = true;
  }
  const isAtRest = ({ recipients, lines, isDeferred, isGone }) =>
    isGone || (isDeferred && lines >= recipients);
  return (
    ids.size > 0 &&
    [...ids.values()].every(isAtRest) &&
    !/\bconnect from [^\n]*\n(?![^]*disconnect from )/.test(text)
  );
}
