/** %-expansions: what is asked, what is not, and that no key gets out of its quotes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quoteDn, quoteFilter, parseLdapUrl } from './ldap-quote.js';
import { quoteMysql } from './mysql-connection.js';
import { quoteSql } from './pgsql-connection.js';
import { fillQuery, fillResult, needsOf, parseTemplate, templateKey } from './template.js';

function fillWith(query: string, key: string, result = '%s', value?: string): string | undefined {
  const [one, other] = [parseTemplate(query, 'query', 't'), parseTemplate(result, 'result', 't')];
  const needs = needsOf([one], other);
  const parts = templateKey(key, needs);
  if (!parts) return undefined;
  return value === undefined
    ? fillQuery(one, parts, (text) => text)
    : fillResult(other, needs, parts, value);
}

const queries = [
  ['%s', 'a@b.c', 'a@b.c'],
  ['%%s %', 'a', '%s error'],
  ['%u %d', 'a@b@c.d', 'a@b c.d'],
  ['%u', 'plain', 'plain'],
  ['%u', '@c.d', undefined],
  ['%d', 'plain', undefined],
  ['%d', 'a@', undefined],
  ['%s', '@c.d', '@c.d'],
  ['%1-%2-%3', 'a@x.y.z', 'z-y-x'],
  ['%4', 'a@x.y.z', undefined],
  ['%2', 'a@.y.z', 'y'],
  ['%S %U %D', 'a@b.c', 'a@b.c a b.c'],
  ['%s', '', undefined],
] as const;

for (const [query, key, expected] of queries) {
  test(`query ${query} with key "${key}"`, () => {
    if (query.endsWith('%')) assert.throws(() => fillWith(query, key), /invalid query template/);
    else assert.equal(fillWith(query, key), expected);
  });
}

const results = [
  ['%s', 'k@d', 'v', 'v'],
  ['smtp:[%s]', 'k@d', 'host', 'smtp:[host]'],
  ['%u', 'k@d', 'a@b', 'a'],
  ['%u', 'k@d', '@b', undefined],
  ['%d', 'k@d', 'plain', undefined],
  ['%U+%u@%D', 'k@d', 'a@b', 'k+a@d'],
  ['%1', 'k@d.e', 'v', 'e'],
  ['%D', 'k', 'v', undefined],
] as const;

for (const [format, key, value, expected] of results) {
  test(`result_format ${format} with key "${key}" and value "${value}"`, () => {
    assert.equal(fillWith('%s', key, format, value), expected);
  });
}

test('an unknown expansion is refused with the template', () => {
  assert.throws(
    () => parseTemplate('x = %x', 'query', 'pgsql:t'),
    /^.*pgsql:t: invalid query template: x = %x/,
  );
});

/** Reads a string literal as the server does; undefined: it ends before the text does. */
function unquoted(literal: string, backslash: boolean): string | undefined {
  let text = '';
  for (let at = 0; at < literal.length; at += 1) {
    const char = literal[at] ?? '';
    if (backslash && char === '\\') {
      at += 1;
      const next = literal[at];
      if (next === undefined) return undefined;
      text += { '0': '\0', n: '\n', r: '\r', Z: '\x1a' }[next] ?? next;
    } else if (char === "'") {
      if (literal[at + 1] !== "'") return undefined;
      at += 1;
      text += "'";
    } else text += char;
  }
  return text;
}

const nasty = fc.string({
  unit: fc.constantFrom("'", '"', '\\', '%', '\0', '\n', '\x1a', 'a', ';', 'ä', '\u{1f600}'),
});

test('no key gets out of an SQL string, whatever the server does with backslashes', () => {
  fc.assert(
    fc.property(nasty, fc.boolean(), (key, backslash) => {
      assert.equal(unquoted(quoteMysql(key, backslash), backslash), key);
      if (!backslash) assert.equal(unquoted(quoteSql(key, false), false), key);
      const plain = key.replaceAll(/[\0\n\x1a]/g, '');
      assert.equal(unquoted(quoteSql(plain, true), true), plain);
    }),
  );
});

test('no key gets out of an LDAP filter or a distinguished name', () => {
  assert.equal(quoteFilter('*)(uid=*)\\\0'), '\\2a\\29\\28uid=\\2a\\29\\5c\\00');
  assert.equal(quoteDn(' #a,b+c"d\\e<f>g;h '), '\\ #a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\ ');
  assert.equal(quoteDn('#a'), '\\#a');
});

test('LDAP URLs: all parts, percent codes, what is none', () => {
  assert.deepEqual(parseLdapUrl('ldap://host:389/dc=a%2cb,dc=c?mail,cn?sub?(uid=x)'), {
    base: 'dc=a,b,dc=c',
    attributes: ['mail', 'cn'],
    scope: 'sub',
    filter: '(uid=x)',
  });
  assert.equal(parseLdapUrl('ldap:///dc=a')?.scope, 'base');
  assert.equal(parseLdapUrl('ldap:///dc=a?a?wide'), undefined);
  assert.equal(parseLdapUrl('ldap:///%zz'), undefined);
});
