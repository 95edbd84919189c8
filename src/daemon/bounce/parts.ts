/** bounce/parts - what this program is given. */
import type { Settings } from '../../lib/config/settings.js';
import type { Cleanup } from '../../lib/ipc/conversation/cleanup.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock } from '../../lib/sys/clock.js';

export interface BounceParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly cleanup: Cleanup;
}
