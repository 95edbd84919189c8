/**
 * NAME
 *   postsuper - delete, hold, release, requeue and expire messages
 *
 * SYNOPSIS
 *   postsuper [-psSv] [-c config_dir] [-d|-e|-f|-h|-H|-r queue_id]... [directory ...]
 *
 * DESCRIPTION
 *   queue_id may be ALL, or `-` for ids on standard input. Directories (hold, incoming, active, deferred) narrow the
 *   messages down. -p and -s have nothing to do here and are accepted.
 *     -d delete   -h hold   -H release   -r requeue: as new
 *     -e expire: the next attempt returns it   -f the same, and release it from hold
 *
 * EXIT STATUS
 *   0; 1 usage or no rights
 *
 * SEE ALSO
 *   postqueue(1), postcat(1), qmgr(8)
 */
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { sendControl } from '../../lib/ipc/control.js';
import type { LogSink } from '../../lib/log/log.js';
import { createLog } from '../../lib/log/log.js';
import { openMailLog } from '../../lib/log/mail-log.js';
import type { MessageState, QueueStore } from '../../lib/queue/store.js';
import { runCommand } from '../../lib/server/command.js';
import { openQueue, type QueueAccess } from '../../lib/server/queue-access.js';
import { systemClock } from '../../lib/sys/clock.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { sysexits } from '../../lib/util/sysexits.js';
import { type Operation, operations } from './operations.js';

const usage =
  'usage: postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] ' +
  '[-h queue_id (hold)] [-H queue_id (un-hold)] [-p (purge temporary files)] [-r queue_id (requeue)] ' +
  '[-s (structure fix)] [-S (redundant structure fix)][-v (verbose)] [queue...]';

const folders: Readonly<Record<string, readonly MessageState[]>> = {
  hold: ['hold'],
  incoming: ['incoming'],
  active: ['incoming'],
  deferred: ['deferred'],
};

const atOnce = 200; // changes that share their commits
const wokenSingly = 20; // more of them, and the queue manager is asked to look through the whole queue

type Say = (text: string, severity?: 'info' | 'warning') => void;

class Run {
  readonly #store: QueueStore;
  readonly #states: readonly MessageState[] | undefined;
  readonly #say: Say;
  readonly totals = new Map<string, number>();
  readonly woken: string[] = [];

  constructor(store: QueueStore, states: readonly MessageState[] | undefined, say: Say) {
    this.#store = store;
    this.#states = states;
    this.#say = say;
  }

  /** @param target an id, `ALL` or `-` */
  async apply(list: readonly Operation[], target: string): Promise<void> {
    for (const { total } of list) this.totals.set(total, this.totals.get(total) ?? 0);
    const isSilent = target === 'ALL';
    const group: Promise<void>[] = [];
    for await (const queueId of this.#ids(target)) {
      group.push(this.#applyTo(queueId, list, isSilent));
      if (group.length >= atOnce) await Promise.all(group.splice(0));
    }
    await Promise.all(group);
  }

  async #applyTo(queueId: string, list: readonly Operation[], isSilent: boolean): Promise<void> {
    for (const operation of list) {
      if (!(await operation.run(this.#store, queueId))) continue;
      this.totals.set(operation.total, (this.totals.get(operation.total) ?? 0) + 1);
      if (!isSilent) this.#say(`${queueId}: ${operation.one}`);
      if (operation.wakes) this.woken.push(queueId);
    }
  }

  async *#ids(target: string): AsyncIterable<string> {
    if (target === 'ALL') {
      for (const { queueId, state } of this.#store.list())
        if (!this.#states || this.#states.includes(state)) yield queueId;
      return;
    }
    const given = target === '-' ? createInterface({ input: process.stdin }) : [target];
    for await (const queueId of given) {
      if (!/^[0-9A-Za-z_]{1,100}$/.test(queueId))
        this.#say(`invalid mail queue id: ${queueId}`, 'warning');
      else if (this.#isWanted(queueId)) yield queueId;
    }
  }

  #isWanted(queueId: string): boolean {
    if (!this.#states) return true;
    const state = this.#store.info(queueId)?.state;
    return state !== undefined && this.#states.includes(state);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'c:d:e:f:h:H:pr:sSv');
  if (problem !== undefined) {
    process.stderr.write(`postsuper: ${problem}\n`);
    throw new FatalError(usage, 1);
  }
  const directory = options.find(({ letter }) => letter === 'c')?.value;
  if (directory !== undefined && !path.isAbsolute(directory))
    throw new FatalError('-c requires absolute pathname', 1);
  for (const name of operands)
    if (!(name in folders)) throw new FatalError(`invalid directory name: ${name}`, 1);
  const states = operands.length > 0 ? operands.flatMap((name) => folders[name] ?? []) : undefined;

  let sink: LogSink | undefined;
  const { settings, store } = await open(directory, (opened) => (sink = opened));
  const log = sink && createLog(sink, `${settings.syslog_name}/postsuper`, systemClock.now);
  const say: Say = (text, severity = 'info') => {
    process.stderr.write(`postsuper: ${severity === 'warning' ? 'warning: ' : ''}${text}\n`);
    log?.[severity](text);
  };
  const run = new Run(store, states, say);
  try {
    for (const { letter, value } of options) {
      const list = operations[letter];
      if (list) await run.apply(list, value);
    }
    for (const [total, count] of run.totals)
      say(`${total}: ${count} message${count === 1 ? '' : 's'}`);
  } finally {
    await wake(run.woken);
    await sink?.flush();
    await store.close();
  }
  return sysexits.ok;
}

async function open(
  directory: string | undefined,
  keep: (sink: LogSink) => void,
): Promise<QueueAccess> {
  try {
    return await openQueue(directory, {
      prepare(settings) {
        try {
          keep(openMailLog(settings, { json: false, foreground: false }));
        } catch (error) {
          // Who may not write the log will hardly get at the queue: that is said instead.
          if (process.getuid?.() === 0) throw error;
        }
      },
    });
  } catch (error) {
    if (error instanceof FatalError && error.exitStatus === sysexits.noPermission)
      throw new FatalError('use of this command is reserved for the superuser', 1, {
        cause: error,
      });
    throw error;
  }
}

/** Tells the queue manager, if one runs; without it the messages are found at its start. */
async function wake(queueIds: readonly string[]): Promise<void> {
  if (queueIds.length > wokenSingly) await sendControl('public/qmgr', { op: 'wakeup' });
  else for (const queueId of queueIds) await sendControl('public/qmgr', { op: 'changed', queueId });
}

await runCommand('postsuper', main);
