/**
 * local/unknown - names that are neither aliases nor users.
 *
 * fallback_transport_maps, fallback_transport, luser_relay, and names that must never bounce. Postfix: unknown.c.
 */
import { type Maps, openLiteralMaps } from '../../lib/map/maps.js';
import { leaf, type LocalCore, type Position, type Tree } from './core.js';
import { expandFor, type Macros, macrosOf } from './expand.js';
import { passTo } from './pass.js';
import type { Place } from './place.js';

export class UnknownUsers {
  readonly #core: LocalCore;
  readonly #transports: Maps;

  constructor(core: LocalCore) {
    this.#core = core;
    this.#transports = openLiteralMaps(
      core.settings.fallback_transport_maps,
      core.dicts,
      'fallback_transport_maps',
    );
  }

  /** @param resolve delivers to an address that luser_relay gives */
  async deliver(
    tree: Tree,
    position: Position,
    place: Place,
    resolve: (position: Position, address: string) => Promise<void>,
  ): Promise<void> {
    const { settings, log } = this.#core;
    const transport = await this.#transports.find(place.user);
    if (transport !== undefined && transport !== '') {
      await passTo(this.#core, tree, position, transport);
      return;
    }
    if (settings.fallback_transport !== '') {
      await passTo(this.#core, tree, position, settings.fallback_transport);
      return;
    }
    // Mail for these may be a notice about trouble: to return it would make more.
    if (place.user === 'postmaster' || place.user === 'mailer-daemon') {
      log.warning(`required alias not found: ${place.user}`);
      tree.settle(position, leaf('sent', '2.0.0', 'discarded'));
      return;
    }
    const { luser_relay } = settings;
    if (luser_relay !== '') {
      const target = expandFor(luser_relay, safeMacros(position.address, place), undefined);
      // Once: luser_relay may itself name no one.
      if (tree.first(`luser ${target}`)) {
        await resolve({ ...position, direct: false, source: undefined }, target);
        return;
      }
    }
    tree.settle(position, leaf('bounced', '5.1.1', `unknown user: "${place.user}"`));
  }
}

/** `"a@elsewhere"@here` must not make `relay+$local` an address elsewhere: what routes mail is taken out of the parts. */
function safeMacros(address: string, place: Place): Macros {
  const safe = (text: string): string => text.replace(/[@%!:<>,;\s\p{Cc}]/gu, '_');
  return macrosOf(
    address,
    {
      ...place,
      local: safe(place.local),
      user: safe(place.user),
      extension: place.extension === undefined ? undefined : safe(place.extension),
    },
    undefined,
  );
}
