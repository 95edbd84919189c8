/** smtpd/counters - how many commands of each kind came, and how many were taken: the end of the disconnect line. */

// In the order of Postfix's command table.
const order = [
  'HELO',
  'EHLO',
  'XCLIENT',
  'XFORWARD',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'BDAT',
  'RSET',
  'NOOP',
  'VRFY',
  'ETRN',
  'QUIT',
  'UNKNOWN',
];

export class CommandCounters {
  readonly #counts = new Map<string, { ok: number; total: number }>();

  count(verb: string, ok: boolean): void {
    const name = order.includes(verb) ? verb : 'UNKNOWN';
    const entry = this.#counts.get(name) ?? { ok: 0, total: 0 };
    entry.total += 1;
    if (ok) entry.ok += 1;
    this.#counts.set(name, entry);
  }

  /** ` ehlo=1 mail=1/2 … commands=3/4` */
  summary(): string {
    const part = (name: string, ok: number, total: number): string =>
      ` ${name}=${ok === total && total > 0 ? String(total) : `${ok}/${total}`}`;
    let ok = 0;
    let total = 0;
    let text = '';
    for (const name of order) {
      const entry = this.#counts.get(name);
      if (!entry) continue;
      ok += entry.ok;
      total += entry.total;
      text += part(name.toLowerCase(), entry.ok, entry.total);
    }
    return text + part('commands', ok, total);
  }
}
