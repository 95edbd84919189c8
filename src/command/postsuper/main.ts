/**
 * NAME
 *   postsuper - delete, hold, release, requeue and expire messages
 *
 * SYNOPSIS
 *   postsuper [-psSv] [-c config_dir] [-d|-e|-f|-h|-H|-r queue_id]... [directory ...]
 *
 * DESCRIPTION
 *   queue_id may be ALL, or `-` for ids on standard input. Directories (hold, incoming, active, deferred) narrow ALL
 *   down. -p and -s have nothing to do here and are accepted.
 *     -d delete   -h hold   -H release   -r requeue: as new   -e expire   -f expire, also what is on hold
 *
 * EXIT STATUS
 *   0; 1 usage or no rights
 */
import { createInterface } from 'node:readline';
import { createLog } from '../../lib/log/log.js';
import { openMailLog } from '../../lib/log/mail-log.js';
import type { MessageState, QueueStore } from '../../lib/queue/store.js';
import { sendControl } from '../../lib/ipc/control.js';
import { runCommand } from '../../lib/server/command.js';
import { openQueue } from '../../lib/server/queue-access.js';
import { systemClock } from '../../lib/sys/clock.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';

const usage =
  'usage: postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] ' +
  '[-h queue_id (hold)] [-H queue_id (un-hold)] [-p (purge temporary files)] [-r queue_id (requeue)] ' +
  '[-s (structure fix)] [-S (redundant structure fix)][-v (verbose)] [queue...]';

interface Operation {
  run(store: QueueStore, queueId: string): Promise<boolean>;
  /** After `ID: `. */
  readonly one: string;
  /** Before `: N messages`. */
  readonly total: string;
}

const operations: Readonly<Record<string, Operation>> = {
  d: { run: (store, id) => store.delete(id), one: 'removed', total: 'Deleted' },
  h: { run: (store, id) => store.hold(id), one: 'placed on hold', total: 'Placed on hold' },
  H: {
    run: (store, id) => store.releaseHold(id),
    one: 'released from hold',
    total: 'Released from hold',
  },
  r: { run: (store, id) => store.requeue(id), one: 'requeued', total: 'Requeued' },
  e: { run: (store, id) => store.expire(id), one: 'expired', total: 'Force-expired' },
  f: { run: (store, id) => store.expire(id), one: 'expired', total: 'Force-expired' },
};

const folders: Readonly<Record<string, readonly MessageState[]>> = {
  hold: ['hold'],
  incoming: ['incoming'],
  active: ['incoming'],
  deferred: ['deferred'],
};

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'c:d:e:f:h:H:pr:sSv');
  if (problem !== undefined) {
    process.stderr.write(`postsuper: ${problem}\n`);
    throw new FatalError(usage, 1);
  }
  for (const name of operands)
    if (!(name in folders)) throw new FatalError(`invalid directory name: ${name}`, 1);
  const states = operands.length > 0 ? operands.flatMap((name) => folders[name] ?? []) : undefined;
  const { settings, store } = await openQueue(options.find(({ letter }) => letter === 'c')?.value);
  const sink = openMailLog(settings, { json: false, foreground: false });
  const log = createLog(sink, `${settings.syslog_name}/postsuper`, systemClock.now);
  const say = (text: string): void => {
    process.stderr.write(`postsuper: ${text}\n`);
    log.info(text);
  };
  const totals = new Map<string, number>();
  try {
    for (const { letter, value } of options) {
      const operation = operations[letter];
      if (!operation) continue;
      let count = 0;
      for await (const queueId of idsOf(store, value, states)) {
        if (!(await operation.run(store, queueId))) continue;
        count += 1;
        if (value !== 'ALL') say(`${queueId}: ${operation.one}`);
        await sendControl('public/qmgr', { op: 'changed', queueId });
      }
      totals.set(operation.total, (totals.get(operation.total) ?? 0) + count);
    }
    for (const [total, count] of totals) say(`${total}: ${count} message${count === 1 ? '' : 's'}`);
  } finally {
    await sink.flush();
    await store.close();
  }
  return 0;
}

async function* idsOf(
  store: QueueStore,
  value: string,
  states: readonly MessageState[] | undefined,
): AsyncIterable<string> {
  if (value === '-') {
    for await (const line of createInterface({ input: process.stdin })) {
      const id = line.trim().split(/\s+/)[0] ?? '';
      if (id !== '') yield plainId(id);
    }
  } else if (value === 'ALL') {
    for (const { queueId, state } of store.list())
      if (!states || states.includes(state)) yield queueId;
  } else {
    yield plainId(value);
  }
}

/** As mailq prints it, with or without its sign. */
function plainId(text: string): string {
  const id = text.replace(/[*!#]$/, '');
  return /^[0-9A-Za-z]{1,32}$/.test(id) ? id : '';
}

await runCommand('postsuper', main);
