/** hikyaku/programs - what the umbrella can run, a row each, in the order in which help shows them. */
export interface ProgramRow {
  readonly name: string;
  readonly summary: string;
}

export const programs: readonly ProgramRow[] = [
  { name: 'postfix', summary: 'start, stop, reload, check the mail system' },
  { name: 'postmulti', summary: 'manage several instances on one machine' },
  { name: 'postconf', summary: 'show and edit settings of main.cf and master.cf' },
  { name: 'sendmail', summary: 'submit a message (also -bp, -bi, -q as sendmail has them)' },
  { name: 'mailq', summary: 'list the mail queue' },
  { name: 'newaliases', summary: 'build the alias database' },
  { name: 'postqueue', summary: 'list the queue, or try deliveries now' },
  { name: 'postsuper', summary: 'delete, hold, release, requeue, expire messages' },
  { name: 'postcat', summary: 'show a message in the queue' },
  { name: 'postmap', summary: 'make and query lookup tables' },
  { name: 'postalias', summary: 'make and query alias tables' },
  { name: 'postlog', summary: 'write a line into the mail log' },
  { name: 'saslpasswd2', summary: 'set, change or remove the password of a login' },
  { name: 'sasldblistusers2', summary: 'list the logins that have a password' },
  { name: 'postdrop', summary: 'take a submission from sendmail into the maildrop' },
];
