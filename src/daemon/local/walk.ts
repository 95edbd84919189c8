/**
 * local/walk - follows one recipient through aliases, lists and .forward files to its leaves.
 *
 * Order for each address: own Delivered-To (loop), alias, on as a new message where it is another user's, .forward,
 * mailbox, what is left for unknown users. Postfix: recipient.c, resolve.c, token.c of local(8).
 */
import { splitList } from '../../lib/util/list.js';
import { type AliasTable, aliasOwner, findAlias, openAliases } from './alias.js';
import {
  leaf,
  type LocalCore,
  type Position,
  type Rights,
  type Source,
  type Tree,
} from './core.js';
import { runCommand } from './command.js';
import { readDotForward } from './dot-forward.js';
import { saveToFile } from './file.js';
import { addOnward } from './forward.js';
import { readInclude } from './include.js';
import { Mailboxes } from './mailbox.js';
import { expanded, withExtension } from './position.js';
import { type Place, placeOf } from './place.js';
import { rightsOrDefault } from './rights.js';
import { parseTargetFile, parseTargets, type Target } from './targets.js';
import { UnknownUsers } from './unknown.js';
import { lookupUser, type User } from '../../lib/sys/user.js';

const maxDepth = 100; // Postfix's limit of nested aliases
const maxAddresses = 20_000; // in one tree: names that name each other twice would double at each level

export class Walker {
  readonly #core: LocalCore;
  readonly #aliases: readonly AliasTable[];
  readonly #mailboxes: Mailboxes;
  readonly #unknown: UnknownUsers;
  readonly #commandSources: ReadonlySet<string>;
  readonly #fileSources: ReadonlySet<string>;
  readonly #propagates: ReadonlySet<string>;

  constructor(core: LocalCore) {
    const { settings } = core;
    this.#core = core;
    this.#aliases = openAliases(settings.alias_maps, core.dicts);
    this.#mailboxes = new Mailboxes(core);
    this.#unknown = new UnknownUsers(core);
    this.#commandSources = new Set(splitList(settings.allow_mail_to_commands));
    this.#fileSources = new Set(splitList(settings.allow_mail_to_files));
    this.#propagates = new Set(splitList(settings.propagate_unmatched_extensions));
  }

  /** Delivers to all leaves; their outcomes are in the tree. @throws {LookupError} and trouble with helpers */
  async address(tree: Tree, given: Position): Promise<void> {
    const { settings, log } = this.#core;
    let place = placeOf(given.address, settings);
    if (place.extension?.includes('/') === true) {
      log.warning(`${tree.request.queueId}: address with illegal extension: ${place.local}`);
      place = { ...place, extension: undefined };
    }
    const position: Position = { ...given, unmatched: place.extension };
    if (tree.visited.has(position.address.toLowerCase())) {
      tree.settle(
        position,
        leaf('bounced', '5.4.6', `mail forwarding loop for ${position.address}`),
      );
      return;
    }
    if (position.direct) {
      await this.#user(tree, position, place);
      return;
    }
    if (await this.#alias(tree, position, place.local)) return;
    if (place.local !== place.user && (await this.#alias(tree, position, place.user))) return;
    const isOthers = position.owner !== undefined && position.owner.toLowerCase() !== place.user;
    // Other users get a message of their own, with their own state in the queue, so that nothing runs with the wrong
    // rights and nobody gets it twice because of another's trouble. A loop of .forward files ends by Delivered-To.
    if (isOthers || position.source === 'include') {
      addOnward(tree, position, position.address);
      return;
    }
    await this.#user(tree, position, place);
  }

  /** True: the name is an alias, and its targets were served. */
  async #alias(tree: Tree, position: Position, name: string): Promise<boolean> {
    const { settings, log, rewrite } = this.#core;
    const found = await findAlias(this.#aliases, name);
    // An alias that names itself means the user, as in sendmail.
    if (!found || position.expandedFrom?.toLowerCase() === name) return false;
    if (position.depth > maxDepth || tree.count() > maxAddresses) {
      const text = `alias database loop for ${name}`;
      log.warning(text);
      tree.settle(position, leaf('bounced', '5.4.6', text));
      return true;
    }
    const owner = await aliasOwner(this.#aliases, name, settings, rewrite);
    const place = placeOf(position.address, settings);
    const next: Position = {
      ...expanded(tree, position, owner === undefined ? 'expanded' : 'delivered'),
      source: 'alias',
      expandedFrom: name,
      rights: found.rights,
      unmatched: name === place.local ? undefined : position.unmatched,
      depth: position.depth + 1,
      delivered: settings.frozen_delivered_to ? position.delivered : position.address,
      owner: owner ?? (settings.reset_owner_alias ? undefined : position.owner),
      ...(owner === undefined ? {} : { sender: owner, original: '', orcpt: undefined }),
    };
    const targets = parseTargets(found.value);
    if (targets.length === 0) {
      log.warning(`alias ${name}: no address, command or file in: ${found.value}`);
      tree.settle(position, leaf('bounced', '5.3.5', 'mail system configuration error'));
    }
    await this.#targets(tree, next, targets);
    return true;
  }

  async #targets(tree: Tree, position: Position, targets: readonly Target[]): Promise<void> {
    for (const target of targets) await this.#target(tree, position, target);
  }

  async #target(tree: Tree, position: Position, target: Target): Promise<void> {
    const source: Source = position.source ?? 'alias';
    switch (target.is) {
      case 'address': {
        const address = this.#propagates.has(source)
          ? withExtension(target.address, position.unmatched, this.#core.settings)
          : target.address;
        await this.#resolved(tree, { ...position, direct: target.direct }, address);
        return;
      }
      case 'command': {
        if (!this.#commandSources.has(source)) {
          tree.settle(position, leaf('bounced', '5.7.1', 'mail to command is restricted'));
          return;
        }
        const runAs = rightsOrDefault(this.#core.settings, position.rights);
        if (tree.first(`command ${runAs.uid} ${target.command}`))
          await runCommand(this.#core, tree, position, runAs, target.command);
        return;
      }
      case 'file': {
        if (!this.#fileSources.has(source)) {
          tree.settle(position, leaf('bounced', '5.7.1', 'mail to file is restricted'));
          return;
        }
        const runAs = rightsOrDefault(this.#core.settings, position.rights);
        if (tree.first(`file ${runAs.uid} ${target.path}`))
          await saveToFile(this.#core, tree, position, runAs, target.path);
        return;
      }
      case 'home-file': {
        const file = this.#inHome(tree, position, target.path);
        if (file) await this.#target(tree, position, file);
        return;
      }
      case 'include':
        await this.#include(tree, position, target.path);
    }
  }

  /** `~/box` of the user whose .forward we read; nobody else's home. */
  #inHome(tree: Tree, position: Position, path: string): Target | undefined {
    const home = position.rights?.home ?? '';
    if (path.startsWith('~/') && home !== '')
      return { is: 'file', path: (home === '/' ? '' : home) + path.slice(1) };
    this.#core.log.warning(
      path.startsWith('~/')
        ? `unknown home directory for: ${path}`
        : `bad home directory syntax for: ${path}`,
    );
    tree.settle(position, leaf('bounced', '5.3.5', 'mail system configuration error'));
    return undefined;
  }

  /** An address that a person or a file wrote: completed, and delivered here when it is ours. */
  async #resolved(tree: Tree, position: Position, written: string): Promise<void> {
    const { rewrite } = this.#core;
    const address = rewrite.rewrite(written, 'local');
    const route = await rewrite.resolve(address, position.sender);
    switch (route.is) {
      case 'try-again':
        tree.settle(
          { ...position, address },
          leaf('deferred', '4.3.0', 'address resolver failure'),
        );
        return;
      case 'bad-address':
        tree.settle(
          { ...position, address },
          leaf('bounced', '5.1.3', 'bad recipient address syntax'),
        );
        return;
      case 'route':
        if (route.transport === tree.request.transport) {
          await this.address(tree, {
            ...position,
            address: route.recipient,
            depth: position.depth + 1,
          });
        } else addOnward(tree, position, address);
    }
  }

  async #include(tree: Tree, position: Position, path: string): Promise<void> {
    const { log } = this.#core;
    const key = `include ${path}`;
    if (!tree.first(key)) return;
    const list = await readInclude(this.#core, position.rights, path);
    if (list.is === 'refused') {
      log.warning(list.text);
      tree.settle(position, leaf('bounced', '5.3.5', 'mail system configuration error'));
      return;
    }
    const next: Position = {
      ...position,
      source: 'include',
      rights: position.rights ?? list.rights,
      depth: position.depth + 1,
    };
    await this.#targets(tree, next, parseTargetFile(list.text));
  }

  /** A user's .forward, the mailbox, or what is left for names that are no users. */
  async #user(tree: Tree, position: Position, place: Place): Promise<void> {
    const user = lookupUser(place.user);
    const mailboxes = this.#mailboxes;
    if (user) {
      const missing = await mailboxes.missingHome(user);
      if (missing !== undefined) {
        tree.settle(position, leaf('deferred', '4.3.0', missing));
        return;
      }
      if (!position.direct && (await this.#dotForward(tree, position, user, place))) return;
    }
    if (await mailboxes.pass(tree, position, place)) return;
    if (user) await mailboxes.deliver(tree, position, user, place);
    else
      await this.#unknown.deliver(tree, position, place, (next, target) =>
        this.#resolved(tree, next, target),
      );
  }

  /** True: the user has a .forward that says something. */
  async #dotForward(tree: Tree, position: Position, user: User, place: Place): Promise<boolean> {
    const key = `forward ${user.name}`;
    if (!tree.first(key)) return false;
    const file = await readDotForward(this.#core, position, user, place);
    if (!file || file.targets.length === 0) return false;
    const rights: Rights = user;
    await this.#targets(
      tree,
      {
        ...expanded(tree, position, 'expanded'),
        source: 'forward',
        expandedFrom: place.user,
        owner: place.user,
        rights,
        unmatched: file.tookExtension ? undefined : position.unmatched,
        delivered: this.#core.settings.frozen_delivered_to ? position.delivered : position.address,
        depth: position.depth + 1,
      },
      file.targets,
    );
    return true;
  }
}
