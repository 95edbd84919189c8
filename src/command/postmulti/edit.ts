/**
 * postmulti/edit - adds, changes and removes instances: `postmulti -e ACTION`, a row each.
 *
 * main.cf files are changed by postconf -e, so that comments stay. Standard: postmulti(1), LIFE-CYCLE MANAGEMENT MODE.
 */
import { copyFileSync, existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runningMaster } from '../../lib/server/pid-file.js';
import { openStore } from '../../lib/queue/stores.js';
import { errnoText } from '../../lib/util/errno-text.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { splitList } from '../../lib/util/list.js';
import { type Instance, isCalled, readInstances, selected, type Selection } from './instances.js';
import { runOurs } from './run.js';

export interface Edit extends Selection {
  readonly primary: string;
  /** -I, -G */
  readonly newName: string | undefined;
  readonly newGroup: string | undefined;
  /** -a: in front of the others. */
  readonly first: boolean;
  /** name=value operands */
  readonly values: ReadonlyMap<string, string>;
}

export const actions: Readonly<Record<string, (edit: Edit) => Promise<number>>> = {
  init: (edit) =>
    postconf(edit.primary, [
      'multi_instance_wrapper=${command_directory}/postmulti -p --',
      'multi_instance_enable=yes',
    ]),
  create: (edit) => add(edit, true),
  import: (edit) => add(edit, false),
  enable: (edit) => postconf(one(edit).directory, ['multi_instance_enable=yes']),
  disable: (edit) => postconf(one(edit).directory, ['multi_instance_enable=no']),
  assign: (edit) => postconf(one(edit).directory, nameValues(edit)),
  deport: (edit) => deport(edit, secondary(edit)),
  destroy,
};

function postconf(directory: string, values: readonly string[]): Promise<number> {
  if (values.length === 0) return Promise.resolve(0);
  return runOurs('postconf', ['-c', directory, '-e', ...values]);
}

/** @throws {FatalError} */
function one(edit: Edit): Instance {
  if (edit.name === undefined) throw new FatalError('-i NAME is needed: which instance', 1);
  const [instance] = selected(readInstances(edit.primary), { name: edit.name });
  if (!instance) throw new FatalError(`No matching instance ${edit.name}`, 1);
  return instance;
}

function secondary(edit: Edit): Instance {
  const instance = one(edit);
  if (instance.isPrimary) throw new FatalError('the primary instance stays', 1);
  return instance;
}

function nameValues({ newName, newGroup }: Edit): string[] {
  if (newName !== undefined && newName !== '-' && !/^postfix-[A-Za-z0-9_.-]+$/.test(newName))
    throw new FatalError(`bad instance name: ${newName}; write postfix-NAME`, 1);
  const text = (value: string): string => (value === '-' ? '' : value);
  return [
    ...(newName === undefined ? [] : [`multi_instance_name=${text(newName)}`]),
    ...(newGroup === undefined ? [] : [`multi_instance_group=${text(newGroup)}`]),
  ];
}

/** The primary's path with its last part replaced by the new name. */
function placeOf(edit: Edit, name: string, of: string): string {
  const given = edit.values.get(name);
  if (given !== undefined) return path.resolve(given);
  if (edit.newName === undefined || edit.newName === '-')
    throw new FatalError(`${name}=/path is needed where there is no -I NAME`, 1);
  return path.join(path.dirname(of), edit.newName);
}

async function add(edit: Edit, makes: boolean): Promise<number> {
  const instances = readInstances(edit.primary);
  const [primary] = instances;
  if (!primary) return 1;
  const names = nameValues(edit);
  const directory = placeOf(edit, 'config_directory', primary.directory);
  const isThere = ['main.cf', 'master.cf'].every((name) => existsSync(path.join(directory, name)));
  if (instances.some((instance) => instance.directory === directory))
    throw new FatalError(`${directory}: an instance of this directory exists`, 1);
  if (edit.newName !== undefined && instances.some(({ name }) => name === edit.newName))
    throw new FatalError(`${edit.newName}: an instance of this name exists`, 1);
  if (!isThere && !makes)
    throw new FatalError(
      `${directory}: no main.cf and master.cf to import; -e create makes them`,
      1,
    );
  if (!isThere) create(edit, primary, directory);
  const status = names.length > 0 ? await postconf(directory, names) : 0;
  return status === 0 ? enlist(edit, instances, directory) : status;
}

/** Nothing listens, and nobody may submit, before the administrator says so. */
function create(edit: Edit, primary: Instance, directory: string): void {
  const queue = placeOf(edit, 'queue_directory', primary.settings.queue_directory);
  const data = placeOf(edit, 'data_directory', primary.settings.data_directory);
  for (const place of [directory, queue, data]) mkdirSync(place, { recursive: true, mode: 0o755 });
  writeFileSync(
    path.join(directory, 'main.cf'),
    [
      `compatibility_level = ${primary.settings.compatibility_level}`,
      `queue_directory = ${queue}`,
      `data_directory = ${data}`,
      `mail_owner = ${primary.settings.mail_owner}`,
      `setgid_group = ${primary.settings.setgid_group}`,
      '# Remove these two lines when this instance has its settings.',
      'master_service_disable = inet',
      'authorized_submit_users =',
      '',
    ].join('\n'),
    { flag: 'wx' },
  );
  copyFileSync(path.join(primary.directory, 'master.cf'), path.join(directory, 'master.cf'));
}

/** Into multi_instance_directories of the primary: at the end, in front (-a), or before those that -i or -g name. */
function enlist(edit: Edit, instances: readonly Instance[], directory: string): Promise<number> {
  const others = instances.filter(({ isPrimary }) => !isPrimary);
  const before = others.findIndex(
    (instance) =>
      (edit.name !== undefined && isCalled(instance, edit.name)) ||
      (edit.group !== undefined && instance.group === edit.group),
  );
  const at = edit.first ? 0 : before < 0 ? others.length : before;
  const directories = others.map((instance) => instance.directory);
  directories.splice(at, 0, directory);
  return postconf(edit.primary, [`multi_instance_directories=${directories.join(' ')}`]);
}

function deport(edit: Edit, instance: Instance): Promise<number> {
  const { settings } = readInstances(edit.primary)[0] ?? instance;
  const rest = splitList(settings.multi_instance_directories).filter(
    (directory) => path.resolve(directory) !== instance.directory,
  );
  return postconf(edit.primary, [`multi_instance_directories=${rest.join(' ')}`]);
}

async function destroy(edit: Edit): Promise<number> {
  const instance = secondary(edit);
  const { directory, settings, isEnabled } = instance;
  if (isEnabled) throw new FatalError(`${directory}: the instance is enabled; -e disable first`, 1);
  if (runningMaster(settings.queue_directory) !== undefined)
    throw new FatalError(`${directory}: the instance is running; stop it first`, 1);
  await refuseMail(settings.queue_directory);
  const status = await deport(edit, instance);
  if (status !== 0) return status;
  for (const name of ['queue', 'spool', 'maildrop', 'corrupt', 'public', 'private', 'pid'])
    rmSync(path.join(settings.queue_directory, name), { recursive: true, force: true });
  for (const name of ['main.cf', 'master.cf']) rmSync(path.join(directory, name), { force: true });
  for (const place of [settings.queue_directory, settings.data_directory, directory]) {
    try {
      rmdirSync(place);
    } catch (error) {
      process.stderr.write(`postmulti: warning: ${place} stays: ${errnoText(error)}\n`);
    }
  }
  return 0;
}

/** @throws {FatalError} there is mail */
async function refuseMail(queueDirectory: string): Promise<void> {
  if (!existsSync(path.join(queueDirectory, 'queue', 'mail.mdb'))) return;
  const store = await openStore({ directory: queueDirectory, readOnly: true });
  try {
    for (const { queueId } of store.list())
      throw new FatalError(`${queueDirectory}: there is mail in the queue (${queueId})`, 1);
  } finally {
    await store.close();
  }
}
