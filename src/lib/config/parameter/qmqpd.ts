/** config/parameter/qmqpd - QMQP. */
import { bool, string, time, works } from '../parameter.js';

export const qmqpdParameters = {
  qmqpd_authorized_clients: string({
    default: '',
    by: ['qmqpd'],
    doc: 'Clients that may use QMQP.',
    status: works,
  }),
  qmqpd_client_port_logging: bool({
    default: 'no',
    by: ['qmqpd'],
    doc: 'Log the port of QMQP clients.',
    status: works,
  }),
  qmqpd_error_delay: time({
    default: '1s',
    by: ['qmqpd'],
    doc: 'Wait before a QMQP error is answered.',
    status: works,
  }),
  qmqpd_timeout: time({
    default: '300s',
    min: 1,
    by: ['qmqpd'],
    doc: 'Time limit of QMQP reads and writes.',
    status: works,
  }),
};
