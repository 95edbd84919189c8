/** target/address-rewrite - addresses made complete, routed, masqueraded, looked up, and their extensions. */
import { masqueraded } from '../../../daemon/cleanup/masquerade.js';
import { rewriteAddress } from '../../../daemon/trivial-rewrite/rewrite.js';
import { unroute } from '../../../daemon/trivial-rewrite/unroute.js';
import { createAddressClasses } from '../../../lib/map/address-class.js';
import { splitExtension } from '../../../lib/protocol/address/extension.js';
import { fakeDicts } from '../../fake-dicts.js';
import { testSettings } from '../../settings.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must, mustEqual } from '../target.js';

export const addressRewrite: FuzzTarget = {
  name: 'address-rewrite',
  seeds: [
    '\x00\x00user@host',
    '\x01\x01@a,@b:user@host.example.org.',
    '\x00\x02host!user%other@example.test',
    '\x01\x00a@b@example.test',
    '\x00\x00owner-list-request+x-y',
  ],
  words: [
    '@',
    '%',
    '!',
    ':',
    '.',
    '+',
    '-',
    'example.test',
    '@example.test',
    '[1.2.3.4]',
    'owner-',
    '-request',
  ],
  start() {
    const make = (values: Record<string, string>) => {
      const settings = testSettings({
        mydestination: 'example.test, localhost',
        mydomain: 'example.test',
        myorigin: 'example.test',
        ...values,
      });
      return { settings, classes: createAddressClasses(settings, fakeDicts()) };
    };
    const kinds = [
      make({ compatibility_level: '3.6' }),
      make({ append_dot_mydomain: 'yes', remote_header_rewrite_domain: 'invalid.test' }),
      make({ swap_bangpath: 'no', allow_percent_hack: 'no', resolve_numeric_domain: 'yes' }),
    ] as const;
    return async (input) => {
      const choices = new Choices(input);
      const context = choices.pick(['local', 'remote']);
      const { settings, classes } = choices.pick(kinds);
      const address = choices.restText();
      const complete = rewriteAddress(address, context, settings);
      must(complete.length <= address.length + 40, 'the address has grown');
      const final = await unroute(address, settings, classes);
      if (final) {
        must(final.address.endsWith(`@${final.domain}`), 'the domain is not the address’s');
        must(final.address.length <= address.length + 100, 'the resolved address has grown');
      }
      const masked = masqueraded(address, {
        domains: ['!x.example.test', 'example.test', 'test'],
        exceptions: new Set(['root']),
      });
      must(masked.length <= address.length, 'masquerading made it longer');
      const { user, extension, delimiter } = splitExtension(address, '+-');
      if (extension === undefined) mustEqual(user, address, 'a name without extension');
      else mustEqual(user + delimiter + extension, address, 'a name and its extension');
    };
  },
};
