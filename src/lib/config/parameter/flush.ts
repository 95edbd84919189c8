/** config/parameter/flush - ETRN. */
import { string, time, works } from '../parameter.js';

export const flushParameters = {
  fast_flush_domains: string({
    default: '$relay_domains',
    by: ['flush', 'sendmail', 'postqueue'],
    doc: 'Domains for which ETRN and sendmail -qR keep lists.',
    status: works,
  }),
  fast_flush_purge_time: time({
    default: '7d',
    min: 1,
    by: ['flush'],
    doc: 'When an unused list of a domain is removed.',
  }),
  fast_flush_refresh_time: time({
    default: '12h',
    min: 1,
    by: ['flush'],
    doc: 'When the list of a domain is made anew.',
  }),
};
