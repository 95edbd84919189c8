/** groups - the cases, a file a group: one configuration, many deliveries. */
import { aliases } from './aliases.js';
import { forwards } from './forwards.js';
import { mailboxes } from './mailboxes.js';
import { commands } from './commands.js';
import { virtual } from './virtual.js';
import { pipe } from './pipe.js';

export const groups = [...aliases, ...forwards, ...mailboxes, ...commands, ...virtual, ...pipe];
