/**
 * local/tree - follows one recipient through aliases, .forward and include files to its leaves.
 *
 * Order for each address: own Delivered-To (loop), alias, .forward, mailbox, luser_relay. Bounded in depth and in the
 * number of targets. Postfix: recipient.c, alias.c, dotforward.c, include.c, unknown.c of local(8).
 */
import { mailboxLimits, mailboxMessage, fromLine } from '../../lib/agent/mailbox/message.js';
import { type Maps, openMaps } from '../../lib/map/maps.js';
import { splitExtension } from '../../lib/protocol/address/extension.js';
import { splitAddress } from '../../lib/protocol/address/quote.js';
import { lookupUser, type User } from '../../lib/sys/user.js';
import { splitList } from '../../lib/util/list.js';
import { aliasRights, defaultRights } from './alias-rights.js';
import { runCommand } from './command.js';
import { type Leaf, leaf, type LocalCore, type Position, type Rights, type Tree } from './core.js';
import { expandForRecipient } from './expand-path.js';
import { forwardTo } from './forward.js';
import { deliverToUser, stored } from './mailbox.js';
import { contextOf } from './mailbox-context.js';
import { parseTargets, type Target } from './targets.js';

const maxDepth = 100; // Postfix: RECIPIENT_LEVEL_LIMIT
const maxFileSize = 1024 * 1024;

type Source = 'alias' | 'forward' | 'include';

export class TreeWalker {
  readonly #parts: LocalCore;
  readonly #aliases: Maps;
  readonly #commandSources: ReadonlySet<string>;
  readonly #fileSources: ReadonlySet<string>;

  constructor(parts: LocalCore) {
    this.#parts = parts;
    this.#aliases = openMaps(parts.settings.alias_maps, parts.dicts);
    this.#commandSources = new Set(splitList(parts.settings.allow_mail_to_commands));
    this.#fileSources = new Set(splitList(parts.settings.allow_mail_to_files));
  }

  /** Delivers to all leaves of the recipient; their outcomes are in `tree.leaves`. @throws {LookupError} */
  async deliver(tree: Tree): Promise<void> {
    const position: Position = {
      address: tree.recipient.address,
      sender: tree.request.envelope.sender,
      depth: 0,
      rights: undefined,
      direct: false,
    };
    await this.#address(tree, position);
    for (const [sender, addresses] of tree.forward) {
      tree.leaves.push({
        ...(await forwardTo(this.#parts, tree, sender, addresses)),
        address: tree.recipient.address,
      });
    }
  }

  async #address(tree: Tree, position: Position): Promise<void> {
    const { settings } = this.#parts;
    const { local } = splitAddress(position.address);
    if (position.depth > maxDepth) {
      this.#leaf(tree, position, leaf('bounced', '5.4.6', 'possible mail forwarding loop'));
      return;
    }
    const { user, extension } = splitExtension(local, settings.recipient_delimiter);
    if (!position.direct) {
      for (const name of extension === undefined ? [local] : [local, user]) {
        if (await this.#alias(tree, position, name.toLowerCase())) return;
      }
    }
    const account = lookupUser(user.toLowerCase()) ?? lookupUser(user);
    if (!account) {
      this.#leaf(tree, position, await this.#unknown(tree, position, local, user, extension));
      return;
    }
    if (!position.direct && (await this.#dotForward(tree, position, account, extension))) return;
    this.#leaf(
      tree,
      position,
      await this.#once(tree, `mailbox ${account.name}`, () =>
        deliverToUser(this.#parts, tree, position, account),
      ),
    );
  }

  /** True: the name is an alias, and its targets were served. */
  async #alias(tree: Tree, position: Position, name: string): Promise<boolean> {
    if (this.#aliases.isEmpty) return false;
    const value = await this.#aliases.find(name);
    if (value === undefined) return false;
    if (tree.path.has(name)) {
      this.#leaf(tree, position, leaf('bounced', '5.4.6', `alias database loop for ${name}`));
      return true;
    }
    const owner = await this.#owner(name);
    const rights = aliasRights(this.#parts.settings);
    tree.path.add(name);
    const next = {
      ...position,
      depth: position.depth + 1,
      sender: owner ?? position.sender,
      rights,
    };
    await this.#targets(tree, next, parseTargets(value), 'alias');
    tree.path.delete(name);
    return true;
  }

  /** The sender that an `owner-` alias names; mail to a -request address keeps its own. */
  async #owner(name: string): Promise<string | undefined> {
    const { settings, rewrite } = this.#parts;
    if (!settings.expand_owner_alias && (name.startsWith('owner-') || name.endsWith('-request')))
      return undefined;
    const owner = `owner-${name}`;
    const value = await this.#aliases.find(owner);
    if (value === undefined) return undefined;
    const [first] = settings.expand_owner_alias ? parseTargets(value) : [];
    return rewrite.rewrite(first?.is === 'address' ? first.address : owner, 'local');
  }

  async #targets(
    tree: Tree,
    position: Position,
    targets: readonly Target[],
    source: Source,
  ): Promise<void> {
    for (const target of targets) await this.#target(tree, position, target, source);
  }

  async #target(tree: Tree, position: Position, target: Target, source: Source): Promise<void> {
    const { settings, rewrite } = this.#parts;
    switch (target.is) {
      case 'address': {
        const address = rewrite.rewrite(target.address, 'local');
        const route = await rewrite.resolve(address, position.sender);
        if (
          route.is === 'route' &&
          route.transport === tree.request.transport &&
          route.addressClass === 'local'
        ) {
          const direct =
            target.direct ||
            (source === 'forward' && isOwn(position, address, settings.recipient_delimiter));
          await this.#address(tree, {
            ...position,
            address: route.recipient,
            depth: position.depth + 1,
            direct,
          });
          return;
        }
        const key = `address ${address.toLowerCase()}`;
        if (tree.seen.has(key)) return;
        tree.seen.add(key);
        const list = tree.forward.get(position.sender) ?? [];
        list.push(address);
        tree.forward.set(position.sender, list);
        return;
      }
      case 'command': {
        if (!this.#commandSources.has(source)) {
          this.#leaf(tree, position, leaf('bounced', '5.7.1', `mail to command is restricted`));
          return;
        }
        const rights = position.rights ?? defaultRights(settings);
        const run = (): Promise<Leaf> =>
          runCommand(this.#parts, tree, position, rights, target.command, target.command);
        this.#leaf(
          tree,
          position,
          await this.#once(tree, `command ${rights.uid} ${target.command}`, run),
        );
        return;
      }
      case 'file': {
        if (!this.#fileSources.has(source)) {
          this.#leaf(tree, position, leaf('bounced', '5.7.1', `mail to file is restricted`));
          return;
        }
        const rights = position.rights ?? defaultRights(settings);
        const save = (): Promise<Leaf> => this.#file(tree, position, rights, target.path);
        this.#leaf(tree, position, await this.#once(tree, `file ${target.path}`, save));
        return;
      }
      case 'include':
        await this.#include(tree, position, target.path);
    }
  }

  async #file(tree: Tree, position: Position, rights: Rights, path: string): Promise<Leaf> {
    const { settings, users, clock } = this.#parts;
    const worker = await users.for(contextOf(rights));
    const message = mailboxMessage(tree.request, {
      sender: position.sender,
      original: settings.enable_original_recipient ? tree.recipient.original : '',
      delivered: splitList(settings.prepend_delivered_header).includes('file')
        ? tree.delivered
        : '',
    });
    const limits = mailboxLimits(
      settings,
      settings.mailbox_size_limit,
      settings.mailbox_delivery_lock,
    );
    if (path.endsWith('/'))
      return stored(await worker.maildir(path, message, limits), `file: ${path}`);
    return stored(
      await worker.mbox(path, fromLine(position.sender, clock.now()), message, limits),
      `file: ${path}`,
    );
  }

  async #include(tree: Tree, position: Position, path: string): Promise<void> {
    const { settings, users } = this.#parts;
    if (!path.startsWith('/')) {
      this.#leaf(
        tree,
        position,
        leaf('deferred', '4.3.5', `:include:${path} uses a relative path`),
      );
      return;
    }
    const worker = await users.for(contextOf(position.rights ?? defaultRights(settings)));
    const file = await worker.readFile(path, maxFileSize).catch(() => undefined);
    if (!file) {
      this.#leaf(tree, position, leaf('deferred', '4.2.0', `cannot open include file ${path}`));
      return;
    }
    if (tree.path.has(path)) return;
    tree.path.add(path);
    await this.#targets(
      tree,
      { ...position, depth: position.depth + 1 },
      parseTargets(file.text),
      'include',
    );
    tree.path.delete(path);
  }

  /** True: the user has a .forward that says something. */
  async #dotForward(
    tree: Tree,
    position: Position,
    user: User,
    extension: string | undefined,
  ): Promise<boolean> {
    const { settings, users, log } = this.#parts;
    const key = `forward ${user.name}`;
    if (settings.forward_path === '' || tree.seen.has(key)) return false;
    const values = {
      home: user.home,
      user: user.name,
      local: splitAddress(position.address).local,
      domain: splitAddress(position.address).domain,
      extension,
      recipient: position.address,
      shell: user.shell,
      recipient_delimiter: extension === undefined ? '' : settings.recipient_delimiter.slice(0, 1),
    };
    for (const template of splitList(settings.forward_path)) {
      // A path that needs an extension which is not there would name the plain file: tried once only.
      if (extension === undefined && template.includes('extension')) continue;
      const path = expandForRecipient(template, values);
      const worker = await users.for(contextOf(user));
      const file = await worker.readFile(path, maxFileSize).catch((error: unknown) => {
        log.warning(`${path}: ${(error as Error).message}`);
        return undefined;
      });
      if (!file) continue;
      if ((file.uid !== user.uid && file.uid !== 0) || (file.mode & 0o022) !== 0) {
        log.warning(`${path}: not owned by ${user.name}, or writable by others: ignored`);
        continue;
      }
      const targets = parseTargets(file.text);
      if (targets.length === 0) continue;
      tree.seen.add(key);
      await this.#targets(
        tree,
        { ...position, depth: position.depth + 1, rights: user },
        targets,
        'forward',
      );
      return true;
    }
    return false;
  }

  async #unknown(
    tree: Tree,
    position: Position,
    local: string,
    user: string,
    extension: string | undefined,
  ): Promise<Leaf> {
    const { settings } = this.#parts;
    if (settings.luser_relay !== '' && !tree.seen.has('luser_relay')) {
      tree.seen.add('luser_relay');
      const { domain } = splitAddress(position.address);
      const values = {
        local,
        user,
        extension,
        domain,
        recipient: position.address,
        recipient_delimiter: settings.recipient_delimiter.slice(0, 1),
        shell: '',
        home: '',
      };
      const target = expandForRecipient(settings.luser_relay, values);
      return forwardTo(this.#parts, tree, position.sender, [
        this.#parts.rewrite.rewrite(target, 'local'),
      ]);
    }
    return leaf('bounced', '5.1.1', `unknown user: "${user.toLowerCase()}"`);
  }

  #leaf(tree: Tree, position: Position, outcome: Leaf): void {
    tree.leaves.push({ ...outcome, address: position.address });
  }

  /** Someone who stands on two branches gets one copy. */
  async #once(tree: Tree, key: string, deliver: () => Promise<Leaf>): Promise<Leaf> {
    if (tree.seen.has(key)) return leaf('sent', '2.0.0', 'duplicate recipient');
    tree.seen.add(key);
    return deliver();
  }
}

/** A .forward that names its own user means the mailbox. */
function isOwn(position: Position, address: string, delimiters: string): boolean {
  const userOf = (text: string): string =>
    splitExtension(splitAddress(text).local, delimiters).user.toLowerCase();
  return userOf(position.address) === userOf(address);
}
