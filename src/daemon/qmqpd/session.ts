/**
 * qmqpd/session - one connection, which brings one message.
 *
 * Invariants: `K` is said when the message lies in the queue, never before; a request is bounded by message_size_limit.
 * Postfix: qmqpd.c.
 */
import type { Socket } from 'node:net';
import { splitList } from '../../lib/util/list.js';
import type { CleanupOptions } from '../../lib/ipc/conversation/cleanup.js';
import type { Envelope } from '../../lib/ipc/envelope.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import { areVerpDelimiters } from '../../lib/protocol/address/verp.js';
import { QmqpPacket, type QmqpResult } from '../../lib/protocol/qmqp/packet.js';
import type { Core } from './parts.js';
import { qmailSender } from './sender.js';

type Request = Extract<QmqpResult, { is: 'request' }>;
/** `K`, `Z` or `D`, and a text. */
type Answer = readonly [status: 'K' | 'Z' | 'D', text: string];

const maxRecipients = 50_000;
const unlimitedMessage = 100 * 1024 * 1024; // a request lies in memory, whatever message_size_limit says
const lingerMs = 5000;

export class QmqpSession {
  readonly #core: Core;
  readonly #socket: Socket;
  readonly #onEnd: () => void;
  readonly #packet: QmqpPacket;
  readonly #client: { name: string; readonly address: string; readonly port: number };
  #label = '';
  #ended = false;

  constructor(core: Core, socket: Socket, onEnd: () => void) {
    const { settings } = core;
    this.#core = core;
    this.#socket = socket;
    this.#onEnd = onEnd;
    this.#packet = new QmqpPacket({
      message: settings.message_size_limit || unlimitedMessage,
      address: settings.line_length_limit,
      recipients: maxRecipients,
    });
    this.#client = {
      name: 'unknown',
      address: (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''),
      port: socket.remotePort ?? 0,
    };
    socket.on('error', () => this.#lost());
    socket.on('close', () => this.#lost());
    this.#begin().catch((error: unknown) => this.#fail(error));
  }

  async #begin(): Promise<void> {
    const { names, settings, log, isAuthorized } = this.#core;
    this.#client.name = (await names.of(this.#client.address)).name;
    const { name, address, port } = this.#client;
    this.#label = `${name}[${address}]${settings.qmqpd_client_port_logging ? `:${port}` : ''}`;
    log.info(`connect from ${this.#label}`);
    if (!(await isAuthorized(this.#client))) {
      const text = `Error: ${this.#label} is not authorized to use this service`;
      await this.#answer(['D', text]);
      return;
    }
    this.#socket.setTimeout(settings.qmqpd_timeout * 1000, () => {
      this.#end(`read/write timeout while ${this.#packet.doing}`);
    });
    this.#socket.on('end', () => this.#lost());
    this.#socket.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  #receive(bytes: Buffer): void {
    const result = this.#packet.receive(bytes);
    if (result.is === 'more') return;
    this.#socket.setTimeout(0);
    this.#socket.removeAllListeners('data').removeAllListeners('end');
    this.#socket.pause();
    if (result.is === 'error') {
      this.#core.log.info(`NOQUEUE: ${this.#label}: ${result.text}`);
      void this.#answer(['D', result.text]);
      return;
    }
    this.#take(result).then(
      (answer) => this.#answer(answer),
      (error: unknown) => this.#fail(error),
    );
  }

  /** The whole message to cleanup(8). */
  async #take(request: Request): Promise<Answer> {
    const { cleanup, log } = this.#core;
    const { sender, verp } = qmailSender(request.sender.toString());
    const recipients = request.recipients.map(String);
    if ([sender, ...recipients].some((address) => /[\x00-\x1f\x7f]/.test(address)))
      return ['D', 'Error: bad address syntax'];
    const { verp_delimiter_filter: allowed } = this.#core.settings;
    if (verp !== undefined && !areVerpDelimiters(verp, allowed)) {
      const text = `Invalid VERP delimiters: "${verp}". Need two characters from "${allowed}"`;
      log.warning(`NOQUEUE: ${this.#label}: Error: ${text}`);
      return ['D', `Error: ${text}`];
    }
    if (recipients.length === 0) {
      log.warning(`NOQUEUE: ${this.#label}: Error: no recipients specified`);
      return ['D', 'Error: no recipients specified'];
    }
    const session = cleanup.open(this.#envelope(sender, verp), this.#options());
    log.info(`${session.queueId}: client=${this.#label}`);
    try {
      for (const address of recipients)
        session.recipient({ address, original: address, dsnNotify: 0 });
      await session.content(linesOf(request.content));
      const result = await session.finish();
      if (result.is === 'queued') return ['K', `Ok: queued as ${result.queueId}`];
      return [result.code < 500 ? 'Z' : 'D', result.text];
    } catch (error) {
      await session.abort();
      throw error;
    }
  }

  #envelope(sender: string, verp: string | undefined): Envelope {
    const { clock, settings } = this.#core;
    const { name, address, port } = this.#client;
    return {
      sender,
      arrival: clock.now(),
      client: { name, reverseName: name, address, port, helo: name, protocol: 'QMQP' },
      bodyType: '',
      smtputf8: false,
      dsnRet: '',
      dsnEnvid: '',
      ...(verp === undefined ? {} : { verp }),
      contentFilter: settings.content_filter,
      redirectTo: '',
      kind: 'mail',
    };
  }

  #options(): CleanupOptions {
    const { settings } = this.#core;
    const { name, address } = this.#client;
    const overrides = splitList(settings.receive_override_options);
    const shown = address.includes(':') ? `IPv6:${address}` : address;
    return {
      overrides: {
        noAddressMappings: overrides.includes('no_address_mappings'),
        noHeaderBodyChecks: overrides.includes('no_header_body_checks'),
        noUnknownRecipientChecks: overrides.includes('no_unknown_recipient_checks'),
        noMilters: overrides.includes('no_milters'),
      },
      localRewrite: true,
      extractRecipients: false,
      received: (queueId, recipient) =>
        `from ${name} (${name} [${shown}])\n\tby ${settings.myhostname} (${settings.mail_name}) with QMQP` +
        (recipient === undefined
          ? `\n\tid ${queueId}`
          : ` id ${queueId}\n\tfor <${quoteAddress(recipient)}>`),
      prepend: [],
    };
  }

  #fail(error: unknown): void {
    this.#core.log.error(`session with ${this.#label}: ${(error as Error).stack ?? String(error)}`);
    void this.#answer(['Z', 'Error: internal error']);
  }

  async #answer([status, text]: Answer): Promise<void> {
    const { clock, settings } = this.#core;
    if (status !== 'K') await clock.sleep(settings.qmqpd_error_delay * 1000);
    if (this.#ended) return;
    const bytes = Buffer.from(`${status}${text}`);
    this.#socket.write(Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(',')]));
    this.#end();
  }

  #lost(): void {
    if (this.#label !== '') this.#end(`lost connection while ${this.#packet.doing}`);
  }

  #end(trouble?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const { log } = this.#core;
    if (trouble !== undefined) log.info(`NOQUEUE: ${this.#label}: ${trouble}`);
    log.info(`disconnect from ${this.#label}`);
    this.#onEnd();
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy());
    this.#socket.resume(); // what still comes is thrown away
    this.#socket.end();
  }
}

/** QMQP content has bare line feeds; a CR before one is a character that some clients add. */
function linesOf(content: Buffer): Buffer {
  if (!content.includes('\r\n')) return content;
  return Buffer.from(content.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}
