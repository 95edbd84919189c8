/** entries - what every back end is filled with: kind, key, values. One virtual domain, and keys that are hard to ask for. */
export const users = 4;

const hardKeys = [
  "o'brien@virt.test",
  "''@virt.test",
  'back\\slash@virt.test',
  "end\\'@virt.test",
  'dou"ble@virt.test',
  'per%cent@virt.test',
  '%s@virt.test',
  'star*@virt.test',
  '(paren)@virt.test',
  'semi;colon@virt.test',
  'dash--dash@virt.test',
  "x' or '1'='1",
  "x'; drop table entries; --",
  ')(mail=*',
  'under_score@virt.test',
];

export const entries = [
  { kind: 'domain', key: 'virt.test', values: ['virt.test'] },
  ...Array.from({ length: users }, (_, at) => ({
    kind: 'mailbox',
    key: `user${at}@virt.test`,
    values: [`virt/user${at}/`],
  })),
  { kind: 'alias', key: 'both@virt.test', values: ['user0@virt.test', 'user1@virt.test'] },
  ...Array.from({ length: users }, (_, at) => ({
    kind: 'alias',
    key: `also${at}@virt.test`,
    values: [`user${at}@virt.test`],
  })),
  { kind: 'transport', key: 'relayed.test', values: ['smtp:[127.0.0.1]:2600'] },
  ...hardKeys.map((key, at) => ({ kind: 'hard', key, values: [`value${at}@h${at}.example`] })),
  { kind: 'hard', key: 'many@virt.test', values: ['a@one.example', 'b@two.example', 'plain'] },
  { kind: 'hard', key: 'a.b@deep.sub.virt.test', values: ['deep@x.example'] },
  { kind: 'hard', key: 'plain', values: ['unqualified'] },
];

/** Asked of each table: all keys, and such as are in none. */
export const keys = [
  ...new Set(entries.map(({ key }) => key)),
  'USER0@VIRT.TEST',
  "O'BRIEN@virt.test",
  'nobody@virt.test',
  '@virt.test',
  'user@',
  '@',
  'a@b@virt.test',
  'user0@virt.test@virt.test',
  "'",
  '\\',
  "\\'",
  '%',
  '%%',
  '%d',
  '*',
  'us*@virt.test',
  '.virt.test',
  'a@b',
  'a@one.two.three.four.five.six.seven.eight.nine.ten',
  'tab\tin@virt.test',
  'bell\x07@virt.test',
  ' leading@virt.test',
  'trailing@virt.test ',
  'x'.repeat(300),
];
