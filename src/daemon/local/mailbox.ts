/**
 * local/mailbox - into a user's own mailbox: a command, home_mailbox, or the mail spool; or to another transport.
 *
 * Postfix: mailbox.c, maildir.c of local(8); the order is that of its manual, DELIVERY METHOD CONTROLS.
 */
import { fromLine } from '../../lib/agent/mailbox/message.js';
import { type Maps, openLiteralMaps } from '../../lib/map/maps.js';
import type { User } from '../../lib/sys/user.js';
import { runCommand } from './command.js';
import type { LocalCore, Position, Tree } from './core.js';
import { limitsOf, settleMailbox } from './file.js';
import { messageFor } from './message.js';
import { passTo } from './pass.js';
import type { Place } from './place.js';
import { contextOf, rightsOrDefault } from './rights.js';
import { spoolContext } from './spool.js';

export class Mailboxes {
  readonly #core: LocalCore;
  readonly #transports: Maps;
  readonly #commands: Maps;

  constructor(core: LocalCore) {
    this.#core = core;
    this.#transports = openLiteralMaps(
      core.settings.mailbox_transport_maps,
      core.dicts,
      'mailbox_transport_maps',
    );
    this.#commands = openLiteralMaps(
      core.settings.mailbox_command_maps,
      core.dicts,
      'mailbox_command_maps',
    );
  }

  /** What is wrong with the home directory, where it must be there (require_home_directory). */
  async missingHome(user: User): Promise<string | undefined> {
    const { settings, users } = this.#core;
    if (!settings.require_home_directory || user.uid === 0) return undefined;
    const worker = await users.for(contextOf(user));
    const found = await worker.readFile(user.home, { maxBytes: 0, followLinks: true });
    const problem = `cannot access home directory ${user.home}`;
    if (found.is === 'missing') return `${problem}: No such file or directory`;
    return found.is === 'failed' ? `${problem}: ${found.text}` : undefined;
  }

  /** True: all mailboxes, or this one, are another transport's business. @throws {LookupError} */
  async pass(tree: Tree, position: Position, place: Place): Promise<boolean> {
    const { settings } = this.#core;
    const transport = (await this.#transports.find(place.user)) ?? settings.mailbox_transport;
    if (transport === '') return false;
    if (tree.first(`mailbox ${place.user}`)) await passTo(this.#core, tree, position, transport);
    return true;
  }

  /** @throws {LookupError} and trouble with helpers */
  async deliver(tree: Tree, position: Position, user: User, place: Place): Promise<void> {
    const { settings } = this.#core;
    if (!tree.first(`mailbox ${user.name}`)) return;
    const command = (await this.#commands.find(place.user)) ?? settings.mailbox_command;
    if (command !== '') {
      const next = { ...position, rights: user };
      await runCommand(this.#core, tree, next, rightsOrDefault(settings, user), command);
      return;
    }
    const home = settings.home_mailbox;
    if (home !== '') await this.#inHome(tree, position, user, home);
    else await this.#inSpool(tree, position, user);
  }

  async #inHome(tree: Tree, position: Position, user: User, name: string): Promise<void> {
    const worker = await this.#core.users.for(contextOf(user));
    const path = `${user.home.replace(/\/*$/, '')}/${name}`;
    if (name.endsWith('/')) await this.#maildir(tree, position, worker, path);
    else await this.#mbox(tree, position, user, worker, path, true);
  }

  async #inSpool(tree: Tree, position: Position, user: User): Promise<void> {
    const { users, settings } = this.#core;
    const directory = settings.mail_spool_directory.replace(/\/*$/, '');
    const path = `${directory}/${user.name}`;
    if (settings.mail_spool_directory.endsWith('/')) {
      await this.#maildir(tree, position, await users.for(contextOf(user)), `${path}/`);
      return;
    }
    const { context, canLock } = spoolContext(directory, user);
    await this.#mbox(tree, position, user, await users.for(context), path, canLock);
  }

  async #maildir(tree: Tree, position: Position, worker: Worker, path: string): Promise<void> {
    const core = this.#core;
    const outcome = await worker.maildir(
      path,
      messageFor(core, tree, position, 'file'),
      limitsOf(core),
    );
    settleMailbox(core, tree, position, outcome, 'maildir', 'maildir delivery failed: ');
  }

  async #mbox(
    tree: Tree,
    position: Position,
    user: User,
    worker: Worker,
    path: string,
    canLock: boolean,
  ): Promise<void> {
    const core = this.#core;
    const limits = limitsOf(core);
    const methods = limits.lockMethods.filter((method) => canLock || method !== 'dotlock');
    const message = messageFor(core, tree, position, 'file');
    const from = fromLine(position.sender, core.clock.now());
    const outcome = await core.gate.run(user.name, () =>
      worker.mbox(path, from, message, {
        ...limits,
        // Some lock there must be.
        lockMethods: methods.length > 0 ? methods : ['fcntl'],
      }),
    );
    const failed = `cannot update mailbox ${path} for user ${user.name}. `;
    settleMailbox(core, tree, position, outcome, 'mailbox', failed);
  }
}

type Worker = Awaited<ReturnType<LocalCore['users']['for']>>;
