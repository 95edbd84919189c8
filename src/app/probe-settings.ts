/**
 * app/probe-settings - the settings by which address probes are routed: address_verify_* in the place of those for mail.
 *
 * Standard: ADDRESS_VERIFICATION_README, CONTROLLING THE ROUTING OF ADDRESS VERIFICATION PROBES.
 */
import type { Settings } from '../lib/config/settings.js';

const instead = {
  default_transport: 'address_verify_default_transport',
  local_transport: 'address_verify_local_transport',
  relay_transport: 'address_verify_relay_transport',
  relayhost: 'address_verify_relayhost',
  sender_dependent_default_transport_maps: 'address_verify_sender_dependent_default_transport_maps',
  sender_dependent_relayhost_maps: 'address_verify_sender_dependent_relayhost_maps',
  transport_maps: 'address_verify_transport_maps',
  virtual_transport: 'address_verify_virtual_transport',
} as const;

export function probeSettings(settings: Settings): Settings {
  const names: Readonly<Record<string | symbol, keyof Settings | undefined>> = instead;
  return new Proxy(settings, {
    get: (own, name) => own[names[name] ?? (name as keyof Settings)],
  });
}
