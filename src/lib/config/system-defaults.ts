/** config/system-defaults - defaults that depend on the machine; asked for when first read. */
import os from 'node:os';

/** Host name with a domain, as Postfix makes it: `host.localdomain` when the system knows none. */
function myhostname(): string {
  const name = os.hostname();
  return name.includes('.') ? name : `${name}.localdomain`;
}

export const systemDefaults: Readonly<Record<string, (get: (name: string) => string) => string>> = {
  myhostname,
  mydomain: (get) => {
    const host = get('myhostname');
    const dot = host.indexOf('.');
    return dot < 0 ? 'localdomain' : host.slice(dot + 1);
  },
  process_id: () => String(process.pid),
};
