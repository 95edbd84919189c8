/** target/address-list - address lists of header fields: read, left alone, and written with other addresses. */
import { parseList } from '../../../lib/protocol/address/list.js';
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must } from '../target.js';

export const addressList: FuzzTarget = {
  name: 'address-list',
  seeds: [
    '\x00"Joe Q. Public" <john.q@example.com>, Mary (x) <mary@x.test>, jdoe@example.org',
    '\x01Group: a@b, c@d; , <>, undisclosed-recipients:;',
    '\x02a b c@d (com\\)ment (nested)) "q\\"x"@y, @r1,@r2:u@h',
    '\x00user@[192.0.2.1], foo@bar@baz,, ;',
  ],
  words: [
    '<',
    '>',
    '"',
    '\\',
    '@',
    ':',
    '[',
    ']',
    '(',
    ')',
    ',',
    ';',
    '.',
    ' ',
    '\n ',
    '<>',
    '"a"',
    '(c)',
    '@x:',
    'a@b',
    'x <y@z>',
    'G:a@b;',
    '=?utf-8?q?x?=',
  ],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const limit = choices.pick([10_240, 50]);
      const text = choices.restText();
      const list = parseList(text, limit);
      must(list.addresses.length <= text.length, 'more addresses than characters');
      const same = list.render('To', list.addresses, quoteAddress);
      if (same !== undefined) must(same.length <= 4 * text.length + 100, 'the list has grown');
      const changed = list.render(
        'To',
        list.addresses.map(() => 'new@example.test'),
        quoteAddress,
      );
      if (changed === undefined) return;
      must(changed.length <= 40 * (text.length + 10), 'the changed list is out of bounds');
      for (const line of changed.split('\n').slice(1))
        must(/^[ \t]/.test(line), 'a folded line begins without a blank');
      const again = parseList(changed);
      must(
        again.addresses.length === list.addresses.length,
        () =>
          `${list.addresses.length} addresses became ${again.addresses.length}: ${JSON.stringify(changed.slice(0, 200))}`,
      );
    };
  },
};
