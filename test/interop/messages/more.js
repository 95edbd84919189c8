/** more - groups of messages by what they are about: notifications, waiting, 8-bit content, limits, next hops. */
import { eightBit } from './eight-bit.js';
import { limits } from './limits.js';
import { nextHops } from './next-hops.js';
import { notifications } from './notifications.js';
import { waiting } from './waiting.js';

export const moreGroups = [...notifications, ...waiting, ...eightBit, ...limits, ...nextHops];
