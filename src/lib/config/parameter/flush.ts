/** config/parameter/flush - ETRN. */
import { noEffect, string, time, works } from '../parameter.js';

export const flushParameters = {
  fast_flush_domains: string({
    default: '$relay_domains',
    by: ['flush', 'sendmail', 'postqueue'],
    doc: 'Sites that ETRN, postqueue -s and sendmail -qR may be asked for.',
    status: works,
  }),
  fast_flush_purge_time: time({
    default: '7d',
    min: 1,
    by: ['flush'],
    doc: 'When an unused list of a domain is removed.',
    status: noEffect('there are no lists: a flush of a site looks at the queue itself'),
  }),
  fast_flush_refresh_time: time({
    default: '12h',
    min: 1,
    by: ['flush'],
    doc: 'When the list of a domain is made anew.',
    status: noEffect('there are no lists: a flush of a site looks at the queue itself'),
  }),
};
