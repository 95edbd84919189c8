/** config/parameter/anvil - rates of clients. */
import { time, works } from '../parameter.js';

export const anvilParameters = {
  anvil_rate_time_unit: time({
    default: '60s',
    min: 1,
    by: ['anvil'],
    doc: 'The unit of time of client rates.',
    status: works,
  }),
  anvil_status_update_time: time({
    default: '600s',
    min: 1,
    by: ['anvil'],
    doc: 'How often the peak rates are logged.',
    status: works,
  }),
};
