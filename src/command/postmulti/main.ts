/**
 * NAME
 *   postmulti - several instances on one machine
 *
 * SYNOPSIS
 *   postmulti -l [-aRv] [-g group] [-i name]
 *   postmulti -p [-av] [-g group] [-i name] postfix-command ...
 *   postmulti -x [-aRv] [-g group] [-i name] command ...
 *   postmulti -e init | create | import | enable | disable | assign | deport | destroy
 *             [-a] [-g group] [-i name] [-G group] [-I name] [name=value ...]
 *
 * DESCRIPTION
 *   The primary instance (-c, MAIL_CONFIG, or /etc/postfix) names the directories of the others in
 *   multi_instance_directories. -l lists them: name, group, whether it is enabled, directory.
 *
 *   -p runs postfix(1) for each: `start` and the like (postmulti_start_commands) for those that are enabled, and `check` for
 *   the others; `stop` and the like (postmulti_stop_commands) in reverse order; `reload` and the like
 *   (postmulti_control_commands) for the enabled ones; anything else for all. After `-e init`, `postfix start` does this
 *   by itself. -x runs any command, with MAIL_CONFIG and the like in its environment; -R reverses the order.
 *
 *   -e create makes a directory of its own with -I postfix-NAME; nothing listens in it before master_service_disable
 *   is removed. -i - is the primary instance.
 *
 * EXIT STATUS
 *   0; that of the last command that failed; 1 wrong usage
 *
 * SEE ALSO
 *   postfix(1), postconf(1), docs/topics/services.md
 */
import path from 'node:path';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { splitList } from '../../lib/util/list.js';
import { actions } from './edit.js';
import { type Instance, readInstances, row, selected } from './instances.js';
import { environmentOf, run, runOurs } from './run.js';

const usage = 'usage: postmulti -l | -p command | -x command | -e action; see postmulti(1)';

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'ac:e:g:i:lpRvxG:I:');
  const value = (letter: string): string | undefined =>
    options.findLast((option) => option.letter === letter)?.value;
  const has = (letter: string): boolean => options.some((option) => option.letter === letter);
  const modes = ['l', 'p', 'x', 'e'].filter(has);
  if (problem !== undefined || modes.length !== 1)
    throw new FatalError(problem === undefined ? usage : `${problem}\n${usage}`, 1);
  const primary = path.resolve(configDirectory(value('c')));
  const selection = { name: value('i'), group: value('g') };

  if (has('e')) {
    const action = actions[value('e') ?? ''];
    if (!action)
      throw new FatalError(
        `unknown action: ${value('e') ?? ''}; write one of ${Object.keys(actions).join(', ')}`,
        1,
      );
    return action({
      primary,
      ...selection,
      newName: value('I'),
      newGroup: value('G'),
      first: has('a'),
      values: new Map(operands.map(nameAndValue)),
    });
  }
  const instances = selected(readInstances(primary), selection);
  if (has('R')) instances.reverse();
  if (has('l')) {
    for (const instance of instances) console.log(row(instance));
    return 0;
  }
  const [command, ...rest] = operands;
  if (command === undefined) throw new FatalError(usage, 1);
  return has('p')
    ? postfix(instances, operands)
    : each(instances, (instance) => run(command, rest, environmentOf(instance)));
}

function nameAndValue(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new FatalError(`${text}: write name=value`, 1);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** postfix(1) for the instances that the command is for. */
function postfix(instances: readonly Instance[], command: readonly string[]): Promise<number> {
  const settings = instances[0]?.settings;
  const word = command.find((argument) => !argument.startsWith('-')) ?? '';
  const isOneOf = (list: string | undefined): boolean => splitList(list ?? '').includes(word);
  const call = (instance: Instance, args: readonly string[]): Promise<number> =>
    runOurs('postfix', args, { MAIL_CONFIG: instance.directory });
  const enabled = instances.filter(({ isEnabled }) => isEnabled);
  if (isOneOf(settings?.postmulti_start_commands))
    return each(instances, (one) => call(one, one.isEnabled ? command : ['check']));
  if (isOneOf(settings?.postmulti_stop_commands))
    return each(enabled.reverse(), (one) => call(one, command));
  if (isOneOf(settings?.postmulti_control_commands))
    return each(enabled, (one) => call(one, command));
  return each(instances, (one) => call(one, command));
}

/** One after the other; one that fails does not keep the others from it. @returns the last status that is not 0 */
async function each(
  instances: readonly Instance[],
  work: (instance: Instance) => Promise<number>,
): Promise<number> {
  let status = 0;
  for (const instance of instances) status = (await work(instance)) || status;
  return status;
}

await runCommand('postmulti', main);
