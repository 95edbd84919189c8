/** run-commands - the commands of both systems on the same files and queues, compared. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { multisetDifferences, textDifference } from '../support/compare.js';
import { speak, content } from '../support/dialogue.js';
import { accounts } from '../support/isolation.js';
import { Normaliser, isStory } from '../support/normalise.js';
import { startPeer } from '../support/peer.js';
import { commandGroups } from './commands/cases.js';

const laterPort = 2790;
const queueMain = {
  transport_maps: `inline:{later.example=smtp:[127.0.0.1]:${laterPort}}`,
  authorized_mailq_users: '!hanako, static:all',
  authorized_flush_users: '!hanako, static:all',
};

export async function commandCases({ report, reference, tested, options, progress }) {
  const hop = await startPeer(laterPort, { RCPT: '450 4.2.0 try later' });
  await defaults(report, reference, tested, options);
  for (const [group, cases] of Object.entries(commandGroups)) {
    const before = report.unexpected.length;
    const wanted = Object.entries(cases).filter(([name]) => name.includes(options.only));
    const both = [reference, tested].map((instance) => runGroup(instance, group, wanted));
    const [postfix, ours] = await Promise.all(both);
    for (const [name, test] of wanted)
      compareCase(report, `${group}/${name}`, postfix.get(name), ours.get(name), test.sorted);
    const failed = report.unexpected.length - before;
    if (wanted.length > 0)
      progress(`${group}: ${wanted.length} command cases${failed > 0 ? `, ${failed} differ` : ''}`);
  }
  hop.stop();
}

function compareCase(report, id, postfix, ours, sorted) {
  if (postfix.failure !== undefined || ours.failure !== undefined) {
    report.fail('commands', id, [postfix.failure, ours.failure].filter(Boolean).join('\n'));
    return;
  }
  const differences = [];
  for (const [index, step] of postfix.steps.entries()) {
    const other = ours.steps[index];
    report.count('command runs', 'all');
    if (step.status !== other.status)
      differences.push({
        at: `${step.label}: exit`,
        postfix: `exit ${step.status}`,
        ours: `exit ${other.status}`,
      });
    for (const stream of ['stdout', 'stderr']) {
      const compare =
        sorted || stream === 'stderr' // warnings come in the order of a hash table
          ? multisetDifferences(
              step[stream].split('\n'),
              other[stream].split('\n'),
              `${step.label}: ${stream}`,
            )
          : textDifference(step[stream], other[stream], `${step.label}: ${stream}`);
      differences.push(...compare);
    }
  }
  differences.push(...textDifference(postfix.shown, ours.shown, 'file'));
  differences.push(...multisetDifferences(postfix.log, ours.log, 'log'));
  report.settle('commands', id, differences);
}

/** `postconf -d` in full: every parameter is a row, so that a list can name those meant. */
async function defaults(report, reference, tested, options) {
  const name = 'postconf -d, name by name';
  if (!name.includes(options.only)) return;
  const read = async (instance) => {
    await instance.configure();
    const result = await instance.run('postconf', ['-c', instance.etc, '-d']);
    const normaliser = new Normaliser(instance);
    const rows = normaliser
      .text(result.stdout)
      .split('\n')
      .filter((row) => row.includes(' =') && !row.startsWith('process_id ='));
    return new Map(rows.map((row) => [row.split(' =', 1)[0], row]));
  };
  const [postfix, ours] = [await read(reference), await read(tested)];
  const differences = [];
  for (const [parameter, row] of postfix) {
    report.count('defaults', 'all');
    if (ours.get(parameter) === row) report.count('defaults', 'equal');
    else differences.push({ at: parameter, postfix: row, ours: ours.get(parameter) });
  }
  for (const [parameter, row] of ours)
    if (!postfix.has(parameter)) differences.push({ at: parameter, postfix: undefined, ours: row });
  report.settle('commands', name, differences);
}

async function runGroup(instance, group, cases) {
  const results = new Map();
  instance.wipe();
  if (group === 'stopped' && cases.length > 0) {
    // One start makes the directories that a stopped system has.
    await instance.configure();
    await instance.start().catch(() => undefined);
    await instance.stop();
    instance.giveLogToOwner();
  }
  if (group === 'queued' && cases.length > 0) {
    try {
      await instance.configure({ main: queueMain });
      await instance.start();
    } catch (error) {
      for (const [name] of cases) results.set(name, { failure: error.message });
      return results;
    }
  }
  for (const [name, test] of cases) {
    try {
      results.set(name, await runCase(instance, test, group === 'queued'));
      // What must not start may have started.
      if (group === 'stopped' && instance.masterPid() !== undefined) await instance.stop();
    } catch (error) {
      results.set(name, { failure: error.stack });
    }
  }
  if (group === 'queued' && cases.length > 0) await instance.stop();
  return results;
}

async function runCase(instance, test, queued) {
  const configuration = { main: test.main, bare: test.bare, files: test.files };
  if (test.text !== undefined) configuration.text = test.text;
  if (test.master !== undefined) configuration.master = test.master;
  // Wrong values must not stop the preparations.
  if (!queued) await instance.configure({ ...configuration, text: '' });
  if (test.text !== undefined) await instance.configure({ ...configuration, postalias: [] });
  const normaliser = new Normaliser(instance);
  let ids = [];
  if (queued) {
    const before = instance.logSize();
    ids = await deferTwo(instance);
    normaliser.learn(instance.logFrom(before));
  }
  const offset = instance.logSize();
  const steps = [];
  const expand = (text) =>
    instance
      .expand(text)
      .replace(/@id(\d)@/g, (_, number) => ids[Number(number) - 1] ?? 'MISSINGID');
  for (const step of test.steps) {
    const { command, input } = Array.isArray(step) ? { command: step } : step;
    const [program, ...args] = command;
    const user = test.user === undefined ? {} : { user: accounts[test.user] };
    const result = await instance.run(program, args.map(expand), {
      ...user,
      ...(input === undefined ? {} : { input: expand(input) }),
    });
    steps.push({
      label: command.join(' '),
      status: result.status,
      stdout: clean(normaliser, result.stdout),
      stderr: clean(normaliser, result.stderr),
    });
    if (queued) await atRest(instance, 0);
  }
  const shown = (test.show ?? [])
    .map((file) => normaliser.text(readFileSync(path.join(instance.etc, file), 'latin1')))
    .join('\n');
  const log = test.log
    ? instance
        .logFrom(offset)
        .split('\n')
        .filter(isStory)
        .map((line) => normaliser.logLine(line))
    : [];
  if (queued) {
    await instance.run('postsuper', ['-c', instance.etc, '-d', 'ALL']);
    await sleep(200);
  }
  return { steps, shown, log };
}

function clean(normaliser, text) {
  return (
    normaliser
      .text(text)
      .replace(/^\/usr\/s?bin\/(?=\w+: )/gm, '')
      .replace(/(deferred|hold|active|incoming)\/[0-9A-F]\/QID/g, '$1/QID')
      .replace(/(log_client_port|client_port)=\d+/g, '$1=PORT')
      .replace(/"arrival_time": \d+/g, '"arrival_time": TIME')
      // Postfix counts the records of its queue file: a byte more a line.
      .replace(/^(QID[*!#]?) \d+ CTIME/gm, '$1 SIZE CTIME')
      .replace(/"message_size": \d+/g, '"message_size": SIZE')
      .replace(/PID: \d+/g, 'PID: N')
      .replace(/\b1[67]\d{8}\b/g, 'UNIXTIME')
  );
}

/** Waits until nothing is on its way, and so many messages are deferred. */
async function atRest(instance, deferred) {
  await sleep(100);
  for (let waited = 0; waited < 40; waited += 1) {
    const { stdout } = await instance.run('postqueue', ['-c', instance.etc, '-j']);
    const moving = /"queue_name": "(?:active|incoming|maildrop)"/.test(stdout);
    const resting = stdout.split('"queue_name": "deferred"').length - 1;
    if (!moving && resting >= deferred) return;
    await sleep(100);
  }
}

/** Two deferred messages, the first with two recipients; their ids in order of arrival. */
async function deferTwo(instance) {
  const message =
    'From: a@sender.example\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-Id: <d@sender.example>\nSubject: deferred\n\nhello\n';
  const transcript = await speak(instance.port, [
    'EHLO client.example',
    'MAIL FROM:<a@sender.example>',
    'RCPT TO:<x@later.example>',
    'RCPT TO:<y@later.example>',
    'DATA',
    content(message),
    'MAIL FROM:<b@sender.example> BODY=8BITMIME ENVID=e RET=HDRS',
    'RCPT TO:<z@later.example> NOTIFY=FAILURE ORCPT=rfc822;z@orig.example',
    'DATA',
    content(message),
    'QUIT',
  ]);
  await atRest(instance, 2);
  return transcript
    .flatMap(({ replies }) => replies.map((reply) => /queued as (\w+)/.exec(reply)?.[1]))
    .filter(Boolean);
}
