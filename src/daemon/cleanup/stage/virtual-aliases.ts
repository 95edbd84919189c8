/**
 * cleanup/stage/virtual-aliases - recipients through virtual_alias_maps, again and again until nothing changes.
 *
 * An address that expands to itself (among others) stays. Limits: virtual_alias_recursion_limit in depth,
 * virtual_alias_expansion_limit in number, virtual_alias_address_length_limit for each address; beyond them the message is not taken for now. Postfix: cleanup_map1n.c.
 * Standard: RFC 3461 section 5.2.7 for the report of an expansion.
 */
import { dsnNotify, type Recipient } from '../../../lib/ipc/envelope.js';
import type { Message, Stage } from '../message.js';
import { Refused, refusals } from '../refusal.js';

export const virtualAliases: Stage = {
  name: 'virtual-aliases',
  async envelope(message) {
    const { core, options, recipients } = message;
    if (core.virtualAliases.isEmpty || options.overrides.noAddressMappings) return;
    const result: Recipient[] = [];
    for (const recipient of recipients) {
      const targets = await expand(recipient.address, message);
      result.push(...aliased(recipient, targets));
    }
    message.recipients = result;
  },
};

/** The recipient at each target; who asked to hear of success hears of the expansion instead. */
function aliased(recipient: Recipient, targets: readonly string[]): Recipient[] {
  const isSame = targets.length === 1 && targets[0] === recipient.address;
  if (isSame) return [recipient];
  const wantsSuccess = (recipient.dsnNotify & dsnNotify.success) !== 0;
  const rest = recipient.dsnNotify & ~dsnNotify.success;
  const notify = wantsSuccess ? rest || dsnNotify.never : recipient.dsnNotify;
  return [
    ...(wantsSuccess
      ? [{ ...recipient, dsnNotify: dsnNotify.success, expanded: true as const }]
      : []),
    ...targets.map((address) => ({ ...recipient, address, dsnNotify: notify })),
  ];
}

async function expand(address: string, message: Message): Promise<string[]> {
  const { core } = message;
  const { virtual_alias_recursion_limit, virtual_alias_expansion_limit } = core.settings;
  const result = [address];
  /** Addresses that have expanded into themselves: not again. */
  const settled = new Set<string>();
  for (let index = 0; index < result.length; index += 1) {
    if (result.length > virtual_alias_expansion_limit)
      throw unreasonable(message, 'map expansion size', address);
    for (let depth = 0; ; depth += 1) {
      const current = result[index] ?? '';
      if (settled.has(current)) break;
      if (depth >= virtual_alias_recursion_limit)
        throw unreasonable(message, 'map nesting', address);
      const found = await core.virtualAliases.findAddresses(current);
      if (found === undefined) break;
      // An alias for nothing (`<>`) is mail to the null address.
      const targets = found.length === 0 ? [core.settings.empty_address_recipient] : found;
      targets.forEach((target, position) => {
        const canonical = core.rewrite.rewrite(target, 'local');
        if (canonical.length > core.settings.virtual_alias_address_length_limit)
          throw tooLong(message, canonical);
        if (position === 0) result[index] = canonical;
        else result.push(canonical);
        if (canonical.toLowerCase() === current.toLowerCase()) settled.add(canonical);
      });
    }
  }
  return result;
}

function tooLong({ core, queueId }: Message, target: string): Refused {
  core.log.warning(
    `${queueId}: unreasonable virtual_alias_maps result ${target.slice(0, 300)}... -- message not accepted, try again later`,
  );
  return new Refused(refusals.aliasExpansion);
}

function unreasonable({ core, queueId }: Message, what: string, address: string): Refused {
  core.log.warning(
    `${queueId}: unreasonable virtual_alias_maps ${what} for ${address} -- message not accepted, try again later`,
  );
  return new Refused(refusals.aliasExpansion);
}
