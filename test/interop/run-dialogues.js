/**
 * run-dialogues - every dialogue with one server; and what two servers said, compared.
 *
 * The mail log of the session (smtpd and cleanup lines) is part of the answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { speak } from '../support/dialogue.js';
import { Normaliser, isStory } from '../support/normalise.js';
import { multisetDifferences } from '../support/compare.js';

/** @returns {Promise<Map<string, { transcript: object[], log: string[], failure?: string }>>} */
export async function runVariant(instance, variant, wanted) {
  const results = new Map();
  const names = Object.keys(variant.dialogues).filter(wanted);
  if (names.length === 0) return results;
  instance.wipe();
  try {
    await instance.configure(variant.configuration);
    await instance.start();
  } catch (error) {
    for (const name of names)
      results.set(name, { transcript: [], log: [], failure: error.message });
    await instance.stop().catch(() => undefined);
    return results;
  }
  const normaliser = new Normaliser(instance);
  const spoken = [];
  let mute = false;
  await sessionEnd(instance, 1); // the probe of the port
  for (const name of names) {
    try {
      const transcript = await speak(instance.port, variant.dialogues[name], {
        greetingLimit: mute ? 500 : 6_000,
      });
      mute = transcript[0]?.replies[0] === '(no reply)';
      spoken.push(name);
      if (!mute) await sessionEnd(instance, spoken.length + 1);
      results.set(name, { transcript, log: [] });
    } catch (error) {
      results.set(name, { transcript: [], log: [], failure: error.stack });
    }
  }
  await instance.stop();
  const lines = instance.log().split('\n').filter(isStory);
  normaliser.learn(lines.join('\n'));
  const sessions = splitSessions(lines).slice(1);
  for (const [index, name] of spoken.entries()) {
    const result = results.get(name);
    result.log = (sessions[index] ?? []).map((line) => normaliser.logLine(line));
    for (const step of result.transcript)
      step.replies = step.replies.map((reply) => normaliser.text(reply));
  }
  return results;
}

/** Waits until the server has logged the end of so many sessions. */
async function sessionEnd(instance, number) {
  for (let waited = 0; waited < 100; waited += 1) {
    if (instance.log().split(']: disconnect from ').length > number) return;
    await sleep(waited < 20 ? 5 : 25);
  }
}

/** The lines of smtpd and cleanup, by session, in the order in which the sessions began. */
function splitSessions(lines) {
  const sessions = [];
  const open = new Map(); // process -> lines of its session
  const owners = new Map(); // queue id -> lines of the session it came in by
  for (const line of lines) {
    const [, program, pid, text] = /postfix\/(smtpd|cleanup)\[(\d+)\]: (.*)$/.exec(line) ?? [];
    if (program === undefined) continue;
    if (program === 'smtpd' && text.startsWith('connect from ')) {
      open.set(pid, []);
      sessions.push(open.get(pid));
    }
    const id = /^([0-9A-Za-z]{6,}): /.exec(text)?.[1];
    const session = program === 'smtpd' ? open.get(pid) : owners.get(id);
    if (session === undefined) continue;
    if (id !== undefined && id !== 'NOQUEUE') owners.set(id, session);
    session.push(line);
    if (program === 'smtpd' && text.startsWith('disconnect from ')) open.delete(pid);
  }
  return sessions;
}

const codeOf = (reply) => /^\d{3}/.exec(reply)?.[0] ?? reply;
const enhancedOf = (reply) => /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})?/.exec(reply)?.[1] ?? '';

export function compareVariant(report, variant, postfix, ours) {
  for (const [name, left] of postfix) {
    const right = ours.get(name);
    const id = `${variant.name}/${name}`;
    if (left.failure !== undefined || right?.failure !== undefined) {
      report.fail('dialogues', id, [left.failure, right?.failure].filter(Boolean).join('\n'));
      continue;
    }
    const differences = [];
    const steps = Math.max(left.transcript.length, right.transcript.length);
    for (let index = 0; index < steps; index += 1) {
      const a = left.transcript[index];
      const b = right.transcript[index];
      const count = Math.max(a?.replies.length ?? 0, b?.replies.length ?? 0);
      for (let number = 0; number < count; number += 1) {
        const said = a?.replies[number];
        const answered = b?.replies[number];
        report.count('replies', 'all');
        if (said !== undefined && answered !== undefined) {
          if (codeOf(said) === codeOf(answered)) report.count('replies', 'codes equal');
          if (enhancedOf(said) === enhancedOf(answered)) report.count('replies', 'enhanced equal');
          if (said === answered) report.count('replies', 'texts equal');
        }
        if (said !== answered)
          differences.push({ at: (a ?? b).label, postfix: said, ours: answered });
      }
    }
    const logs = multisetDifferences(left.log, right.log, 'log');
    report.count('session log lines', 'all', left.log.length);
    report.count(
      'session log lines',
      'equal',
      left.log.length - logs.filter(({ postfix: line }) => line !== undefined).length,
    );
    report.settle('dialogues', id, [...differences, ...logs]);
  }
}
