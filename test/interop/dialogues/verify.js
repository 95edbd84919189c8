/** verify - reject_unverified_sender and reject_unverified_recipient: the answers once a probe has come back. */
import { hello, variant } from './settings.js';

const to = (address) => `RCPT TO:<${address}>`;
const verifying = {
  local_transport: 'local:',
  virtual_transport: 'virtual:',
  local_recipient_maps: '',
  smtpd_reject_unlisted_recipient: 'no',
  address_verify_poll_delay: '1s',
  transport_maps:
    'inline:{gone.relay.test={error:5.1.9 it is gone}, down.relay.test=smtp:[127.0.0.1]:1}',
  virtual_mailbox_base: '/var/empty',
  virtual_uid_maps: 'static:65534',
  virtual_gid_maps: 'static:65534',
};
const recipients = [
  'root@example.test',
  'list@example.test',
  'nosuch@example.test',
  'box@vbox.test',
  'nosuch@vbox.test',
  'sales@valias.test',
  'nosuch@valias.test',
  'known@relay.test',
  'x@down.relay.test',
  'postmaster@example.test',
].map(to);

export default [
  {
    name: 'unverified recipients',
    configuration: variant({
      ...verifying,
      smtpd_recipient_restrictions: 'reject_unverified_recipient, permit',
    }),
    dialogues: { recipients: [hello, 'MAIL FROM:<>', ...recipients, 'QUIT'] },
  },
  {
    name: 'unverified recipients, refused for good',
    configuration: variant({
      ...verifying,
      smtpd_recipient_restrictions: 'reject_unverified_recipient, permit',
      unverified_recipient_reject_code: '550',
      unverified_recipient_defer_code: '451',
      unverified_recipient_tempfail_action: 'defer',
      address_verify_negative_cache: 'yes',
    }),
    dialogues: { recipients: [hello, 'MAIL FROM:<>', ...recipients, 'QUIT'] },
  },
  {
    name: 'unverified, with a reason',
    configuration: variant({
      ...verifying,
      smtpd_recipient_restrictions: 'reject_unverified_recipient, permit',
      unverified_recipient_reject_code: '550',
      unverified_recipient_reject_reason: 'Address lookup failed',
    }),
    dialogues: { recipients: [hello, 'MAIL FROM:<>', ...recipients.slice(0, 4), 'QUIT'] },
  },
  {
    name: 'unverified senders',
    configuration: variant({
      ...verifying,
      smtpd_sender_restrictions: 'reject_unverified_sender',
      unverified_sender_reject_code: '550',
    }),
    dialogues: Object.fromEntries(
      ['root@example.test', 'nosuch@example.test', 'x@down.relay.test', ''].map((sender) => [
        `from <${sender}>`,
        [hello, `MAIL FROM:<${sender}>`, to('root@example.test'), 'QUIT'],
      ]),
    ),
  },
];
