/** parameters - single settings that none of the other variants has. */
import { content } from '../../support/dialogue.js';
import { hello, mail, opening, outsider, rcpt, variant } from './settings.js';

const message = 'Subject: test\n\nhello\n';

const minusUser = {
  'a recipient that begins with a minus sign': [
    ...opening,
    'RCPT TO:<-user@example.test>',
    'RCPT TO:<-user@far.example>',
    'RCPT TO:<-user@valias.test>',
    'RCPT TO:<-user@relay.test>',
    'RCPT TO:<-user>',
    'RCPT TO:<user@-far.example>',
    'QUIT',
  ],
  'the same from outside': [
    outsider,
    ...opening,
    'RCPT TO:<-user@example.test>',
    'RCPT TO:<-user@far.example>',
    'QUIT',
  ],
  'a sender that begins with a minus sign': [
    hello,
    'MAIL FROM:<-user@sender.example>',
    rcpt,
    'RSET',
    'MAIL FROM:<-user@example.test>',
    rcpt,
    'QUIT',
  ],
  'VRFY of a name that begins with a minus sign': [hello, 'VRFY -user@example.test', 'QUIT'],
};

const oddAddresses = {
  'addresses that need quotes, refused': [
    outsider,
    hello,
    'MAIL FROM:<"a b"@sender.example>',
    'RCPT TO:<"x y"@far.example>',
    'RCPT TO:<"x\\"y"@far.example>',
    'RCPT TO:<"plain"@far.example>',
    'RCPT TO:<"">',
    'QUIT',
  ],
  'addresses that need quotes, taken': [
    hello,
    'MAIL FROM:<"a b"@sender.example>',
    'RCPT TO:<"x y"@relay.test>',
    'DATA',
    content(message),
    'QUIT',
  ],
};

export default [
  {
    name: 'a minus sign in front',
    configuration: variant({ local_recipient_maps: '', relay_recipient_maps: '' }),
    dialogues: minusUser,
  },
  {
    name: 'allow_min_user',
    configuration: variant({
      allow_min_user: 'yes',
      local_recipient_maps: '',
      relay_recipient_maps: '',
    }),
    dialogues: minusUser,
  },
  {
    name: 'addresses in the log as they are inside',
    configuration: variant({
      info_log_address_format: 'internal',
      header_checks: 'inline:{{Subject: test = WARN seen}}',
    }),
    dialogues: oddAddresses,
  },
  {
    name: 'addresses in the log as SMTP has them',
    configuration: variant({ header_checks: 'regexp:{{/^Subject: test/ WARN seen}}' }),
    dialogues: oddAddresses,
  },
  {
    name: 'names of the process in settings',
    configuration: variant({
      smtpd_banner: '$myhostname ESMTP $process_name ${process_id?yes}',
      virtual_alias_maps: 'inline:{{pn@valias.test = oyaji}}',
      smtpd_data_restrictions: 'check_helo_access inline:{{client.example = REJECT $process_name}}',
    }),
    dialogues: {
      'in the greeting and in a table': [...opening, rcpt, 'DATA', 'QUIT'],
    },
  },
  {
    name: 'old names',
    configuration: variant({
      virtual_maps: 'inline:{{old@valias.test = oyaji}, {valias.test = x}}',
      virtual_alias_maps: '$virtual_maps',
      smtpd_per_record_deadline: 'yes',
      enable_errors_to: 'yes',
      smtpd_sasl_application_name: 'smtpd',
      smtpd_tls_cipherlist: 'HIGH',
    }),
    dialogues: {
      virtual_maps: [...opening, 'RCPT TO:<old@valias.test>', 'RCPT TO:<x@valias.test>', 'QUIT'],
    },
  },
  {
    name: 'long virtual aliases',
    configuration: variant({
      virtual_alias_address_length_limit: '40',
      virtual_alias_maps: `inline:{{fits@valias.test = ${'x'.repeat(27)}@example.test}, {long@valias.test = ${'x'.repeat(28)}@example.test}, {two@valias.test = oyaji ${'x'.repeat(40)}}, {@grow.test = @very-much-longer-than-before.example.test}, {short@valias.test = n27yyyyyyyyyyyyyyyyyyyyyyyyyyyy}}`,
    }),
    dialogues: Object.fromEntries(
      [
        ['just fits', 'fits@valias.test'],
        ['one too long', 'long@valias.test'],
        ['the second is too long', 'two@valias.test'],
        ['grows', 'someone@grow.test'],
        ['too long once completed', 'short@valias.test'],
      ].map(([name, address]) => [
        name,
        [hello, mail, `RCPT TO:<${address}>`, 'DATA', content(message), 'QUIT'],
      ]),
    ),
  },
];
