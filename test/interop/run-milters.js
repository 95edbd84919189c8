/**
 * run-milters - dialogues with a mail filter behind each server: what the client was told, what the log says, what the
 * filter heard, and what lies in the queue on hold.
 */
import { multisetDifferences } from '../support/compare.js';
import { ScriptedMilter } from '../support/milter.js';
import { Normaliser } from '../support/normalise.js';
import { base, files } from './dialogues/settings.js';
import { configuration, dialogues, filters } from './milters/index.js';
import { compareVariant, runVariant } from './run-dialogues.js';

export async function milterCases({ report, reference, tested, options, progress }) {
  const wanted = (name) => `milters/${name}`.includes(options.only);
  if (!Object.keys(dialogues).some(wanted)) return;
  const [left, right] = await Promise.all([
    runWithFilters(reference, wanted),
    runWithFilters(tested, wanted),
  ]);
  compareVariant(report, { name: 'milters', dialogues }, left.results, right.results);
  report.settle('milters', 'milters/what filters heard', [
    ...multisetDifferences(left.heard, right.heard, 'session'),
  ]);
  report.settle('milters', 'milters/what lies on hold', [
    ...multisetDifferences(left.held, right.held, 'message'),
  ]);
  progress(`milters: ${left.results.size} dialogues, ${left.heard.length} sessions of filters`);
}

async function runWithFilters(instance, wanted) {
  const running = await Promise.all(
    filters.map(({ options }) => new ScriptedMilter(options).listen(0)),
  );
  const ports = running.map(({ port }) => port);
  const withoutPorts = (text) =>
    ports.reduce((rest, port, index) => rest.replaceAll(`:${port}`, `:PORT${index}`), text);
  const variant = {
    name: 'milters',
    configuration: configuration(ports, { main: base, files }),
    dialogues,
  };
  const results = await runVariant(instance, variant, wanted);
  for (const result of results.values()) result.log = result.log.map(withoutPorts);
  const normaliser = new Normaliser(instance);
  normaliser.learn(instance.log());
  const heard = running.flatMap(({ sessions }) => sessions.filter(isOfDialogue));
  const held = await heldMessages(instance);
  for (const milter of running) await milter.close();
  return {
    results,
    heard: heard.map((lines) => normaliser.text(settled(lines).join('\n'))),
    held: held.map((text) => normaliser.text(text)),
  };
}

/** The probe of the port says nothing, and is told from refused clients by its address. */
function isOfDialogue(lines) {
  return lines.some((line) => line.startsWith('helo ') || /^connect .* 127\.0\.1\./.test(line));
}

/** How often a message that is over is called off is each server's own affair. */
function settled(lines) {
  return lines
    .map((line) => line.trimEnd())
    .filter(
      (line, index, all) =>
        line !== 'abort' || !['abort', 'quit', undefined].includes(all[index + 1]),
    );
}

/** Recipients and content of each. */
async function heldMessages(instance) {
  const list = await instance.run('postqueue', ['-p']);
  const messages = [];
  for (const [, id] of list.stdout.matchAll(/^(\w+)!/gm)) {
    const shown = await instance.run('postcat', ['-qebh', id]);
    const lines = shown.stdout
      .replace(/(?:named_attribute: .*\n)*original_recipient: .*\ncanceled_recipient: .*\n/g, '')
      .split('\n');
    messages.push(
      lines
        .filter(
          (line) =>
            !/^(?:\*\*\* |named_attribute: (?!notify_flags|ret_flags)|\w+_time: |message_size: )/.test(
              line,
            ),
        )
        .join('\n'),
    );
  }
  return messages;
}
