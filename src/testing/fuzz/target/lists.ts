/** target/lists - lists of main.cf: domains, networks, clients; actions of header_checks; specs of filters. */
import { parseContentAction } from '../../../lib/map/content-check.js';
import { addressList, clientList, domainList, LookupError } from '../../../lib/map/match-list.js';
import { splitList } from '../../../lib/util/list.js';
import { isDomainName, literalAddress } from '../../../lib/util/mail-domain.js';
import { addressValue, canonicalAddress, parseNetwork } from '../../../lib/util/net-address.js';
import { unescape } from '../../../lib/util/unescape.js';
import { parseCommand } from '../../../lib/protocol/smtp/server.js';
import { fakeDicts } from '../../fake-dicts.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must, mustEqual } from '../target.js';

export const lists: FuzzTarget = {
  name: 'lists',
  seeds: [
    '\x00example.test, .sub.test !x.test test:table\x01mail.sub.test',
    '\x01127.0.0.0/8 [::1]/128 !192.0.2.0/24, 2001:db8::/32\x012001:db8::1',
    '\x02mail.test 192.0.2.1 [2001:db8::]/32\x01mail.test[192.0.2.1]',
    '\x03REJECT 5.7.1 text\x01PREPEND X: y',
    '\x03REPLACE nothing\x01FILTER smtp:[x]:25',
  ],
  words: [
    ',',
    ' ',
    '!',
    '.',
    ':',
    '/',
    '::',
    '[',
    ']',
    '/128',
    '/24',
    '{',
    '}',
    '%eth0',
    '255',
    'test:',
    'REJECT ',
    'PREPEND ',
    'BCC ',
    '\\012',
    'xn--',
    '\xc3\xa4',
    '-',
  ],
  start() {
    return async (input) => {
      const choices = new Choices(input);
      const kind = choices.below(4);
      const bytes = choices.rest();
      const [lines = '', whole = ''] = bytes.toString().split('\x01');
      const list = lines.slice(0, 10_000);
      const subject = whole.slice(0, 2048); // line_length_limit
      // Names of files are not followed here.
      const safe = list.replace(/(^|[\s,!])\//g, '$1_');
      if (kind < 3) await match(kind, safe, subject);
      else action(list);
      addresses(subject);
      must(splitList(list).join('').length <= list.length, 'a list has grown');
      must(unescape(list).length <= list.length, 'an escape made it longer');
      const { verb, argument } = parseCommand(bytes.toString('latin1'));
      must(verb.length + argument.length <= 3 * bytes.length + 3, 'a command has grown');
    };
  },
};

async function match(kind: number, list: string, subject: string): Promise<void> {
  const dicts = fakeDicts();
  const options = { matchSubdomains: true };
  try {
    const made =
      kind === 0
        ? domainList(list, dicts, 'x', options)
        : kind === 1
          ? addressList(list, dicts, 'x')
          : clientList(list, dicts, 'x', options);
    await made.match(subject);
  } catch (error) {
    // A bad pattern says what is wrong with it.
    const isDeclared =
      error instanceof LookupError || (error instanceof Error && error.constructor === Error);
    if (!isDeclared) throw error;
  }
}

function action(text: string): void {
  for (const place of ['header', 'body'] as const) {
    const found = parseContentAction(text, place);
    if ('text' in found) must(found.text.length <= text.length + 30, 'an action has grown');
    if (found.is === 'none' && found.warning)
      must(found.warning('header_checks') !== '', 'no warning');
  }
}

function addresses(text: string): void {
  const value = addressValue(text);
  const canonical = canonicalAddress(text);
  must((value === undefined) === (canonical === undefined), 'an address that is none');
  if (value && canonical !== undefined) {
    const again = addressValue(canonical);
    must(again?.value === value.value, () => `${text} became ${canonical}`);
    mustEqual(canonicalAddress(canonical) ?? '', canonical, 'a canonical address');
  }
  try {
    const network = parseNetwork(text);
    must(network.prefix <= (network.family === 4 ? 32 : 128), 'a bad prefix');
  } catch (error) {
    must(error instanceof Error && error.constructor === Error, String(error));
  }
  isDomainName(text);
  literalAddress(text);
}
