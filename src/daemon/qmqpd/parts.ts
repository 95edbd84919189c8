/** qmqpd/parts - what all sessions of a line of master.cf share. */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Cleanup } from '../../lib/ipc/conversation/cleanup.js';
import type { Log } from '../../lib/log/log.js';
import type { ClientNames } from '../../lib/server/client-name.js';
import type { Clock } from '../../lib/sys/clock.js';

export interface QmqpdParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly dicts: DictOpener;
  readonly cleanup: Cleanup;
}

export interface Core extends QmqpdParts {
  readonly names: ClientNames;
  readonly isAuthorized: (client: {
    readonly name: string;
    readonly address: string;
  }) => Promise<boolean>;
}
