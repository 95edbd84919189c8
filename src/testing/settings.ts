/** testing/settings - settings for tests: the defaults, with some values of one's own. */
import type { Settings } from '../lib/config/settings.js';
import { createSettings, type RawValue } from '../lib/config/values.js';

/** A machine that is the same everywhere: mail.example.test, loopback only. */
const testMachine: Readonly<Record<string, string>> = {
  myhostname: 'mail.example.test',
  mynetworks: '127.0.0.0/8 [::1]/128',
  inet_interfaces: 'loopback-only',
};

export function testSettings(values: Readonly<Record<string, string>> = {}): Settings {
  const raw = new Map<string, RawValue>(
    Object.entries({ ...testMachine, ...values }).map(([name, value]) => [
      name,
      { value, origin: 'test' },
    ]),
  );
  return createSettings([raw]);
}
