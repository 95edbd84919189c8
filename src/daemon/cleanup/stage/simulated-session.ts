/** cleanup/stage/simulated-session - mail filters of our own (non_smtpd_milters) hear of sender and recipients. */
import { simulateSession } from '../milter/own-session.js';
import type { Stage } from '../message.js';

export const simulatedSession: Stage = {
  name: 'simulated-session',
  async envelope(message) {
    if (message.ownMilters) await simulateSession(message, message.ownMilters);
  },
};
