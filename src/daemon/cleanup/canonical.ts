/**
 * cleanup/canonical - addresses of envelope and header through canonical_maps and masquerade_domains.
 *
 * sender_ or recipient_canonical_maps first, then canonical_maps, each again and again until nothing changes (ten times
 * at most), then masquerading; each where its classes name the place. Postfix: cleanup_map11.c, ADDRESS_REWRITING_README.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../lib/log/log.js';
import type { AddressFinder } from '../../lib/map/address-find.js';
import { splitList } from '../../lib/util/list.js';
import { type Masquerade, masqueraded } from './masquerade.js';

/** Where an address stands, in the words of canonical_classes. */
export type AddressPlace =
  | 'envelope_sender'
  | 'envelope_recipient'
  | 'header_sender'
  | 'header_recipient';

export interface Canonical {
  /** Whether anything could change an address there. */
  readonly appliesTo: (place: AddressPlace) => boolean;
  /** @param address complete, internal form @throws {LookupError} */
  apply(address: string, place: AddressPlace, queueId: string): Promise<string>;
}

export interface CanonicalParts {
  readonly settings: Settings;
  readonly rewrite: Rewrite;
  readonly log: Log;
  /** canonical_maps, sender_canonical_maps and recipient_canonical_maps. */
  readonly maps: Readonly<Record<'sender' | 'recipient' | 'both', AddressFinder>>;
}

interface Step {
  readonly parameter: string;
  readonly finder: AddressFinder;
  readonly places: ReadonlySet<string>;
}

const maxRounds = 10;

export function createCanonical({ settings, rewrite, log, maps }: CanonicalParts): Canonical {
  const classes = (text: string): Set<string> => new Set(splitList(text.toLowerCase()));
  const given: readonly Step[] = [
    {
      parameter: 'sender_canonical_maps',
      finder: maps.sender,
      places: classes(settings.sender_canonical_classes),
    },
    {
      parameter: 'recipient_canonical_maps',
      finder: maps.recipient,
      places: classes(settings.recipient_canonical_classes),
    },
    {
      parameter: 'canonical_maps',
      finder: maps.both,
      places: classes(settings.canonical_classes),
    },
  ];
  const steps = given.filter(({ finder }) => !finder.isEmpty);
  const masquerade: Masquerade = {
    domains: splitList(settings.masquerade_domains),
    exceptions: new Set(splitList(settings.masquerade_exceptions.toLowerCase())),
  };
  const masqueradePlaces = classes(
    masquerade.domains.length === 0 ? '' : settings.masquerade_classes,
  );

  return {
    appliesTo: (place) =>
      masqueradePlaces.has(place) || steps.some(({ places }) => places.has(place)),
    async apply(start, place, queueId) {
      let address = start;
      for (const step of steps)
        if (step.places.has(place)) address = await settled(step, address, queueId);
      return masqueradePlaces.has(place) ? masqueraded(address, masquerade) : address;
    },
  };

  async function settled(step: Step, start: string, queueId: string): Promise<string> {
    const { finder, parameter } = step;
    let address = start;
    for (let round = 0; round < maxRounds; round += 1) {
      const found = await finder.findAddresses(address);
      const target = found?.[0];
      if (found === undefined || target === undefined) return address;
      if (found.length > 1)
        log.warning(`${queueId}: multi-valued ${parameter} entry for ${address}`);
      const next = rewrite.rewrite(target, 'local');
      if (next.toLowerCase() === address.toLowerCase()) return next;
      address = next;
    }
    log.warning(
      `${queueId}: unreasonable ${parameter} map nesting for ${start} -- message not accepted, try again later`,
    );
    return address; // 3.7 takes it all the same
  }
}
