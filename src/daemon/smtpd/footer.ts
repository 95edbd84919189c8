/**
 * smtpd/footer - smtpd_reject_footer and smtpd_reject_footer_maps: what stands under every 4xx and 5xx reply.
 *
 * `\\c` at the start continues the last line, `\\n` begins a new one; a few $names tell of the session. The log shows
 * replies without it.
 */
import { ExpandError } from '../../lib/config/expand.js';
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Log } from '../../lib/log/log.js';
import { openMaps } from '../../lib/map/maps.js';
import { type Reply, replyText } from '../../lib/protocol/smtp/reply.js';
import { createSessionExpand } from './session-expand.js';
import type { Client } from './state.js';

export interface Footer {
  /** The reply with its footer. */
  readonly under: (answer: Reply, client: Client, now: number) => Reply | Promise<Reply>;
  /** The same at once, tables aside: for a last word. */
  readonly fixed: (answer: Reply, client: Client, now: number) => Reply;
}

export function createFooter(settings: Settings, dicts: DictOpener, log: Log): Footer {
  const maps = openMaps(settings.smtpd_reject_footer_maps, dicts, 'smtpd_reject_footer_maps');
  const fixed = settings.smtpd_reject_footer;
  const expandWith = createSessionExpand(settings.smtpd_expansion_filter);
  const add = (answer: Reply, template: string, client: Client, now: number): Reply => {
    if (template === '') return answer;
    const values: Readonly<Record<string, string>> = {
      client_address: client.address,
      client_port: String(client.port),
      localtime: localTime(now),
      server_name: settings.myhostname,
    };
    try {
      const { text, unknown } = expandWith(template, values);
      if (unknown !== undefined) {
        log.warning(`smtpd_reject_footer: unknown macro name "${unknown}"`);
        return answer;
      }
      return withText(answer, text);
    } catch (error) {
      if (!(error instanceof ExpandError)) throw error;
      log.warning(`smtpd_reject_footer: ${error.message}`);
      return answer;
    }
  };
  const addFixed: Footer['fixed'] = (answer, client, now) => add(answer, fixed, client, now);
  if (maps.isEmpty) return { under: addFixed, fixed: addFixed };
  return {
    fixed: addFixed,
    async under(answer, client, now) {
      const own = await maps.find(replyText(answer)).catch((error: unknown) => {
        log.warning((error as Error).message);
        return undefined;
      });
      return add(answer, own ?? fixed, client, now);
    },
  };
}

function withText(answer: Reply, text: string): Reply {
  const continues = text.startsWith('\\c');
  const [first = '', ...more] = (continues ? text.slice(2) : text).split('\\n');
  const lines = continues
    ? [...answer.lines.slice(0, -1), `${answer.lines.at(-1) ?? ''}${first}`, ...more]
    : [...answer.lines, first, ...more];
  return { ...answer, lines };
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Jan  4 15:42:00`, the server's own time. */
function localTime(now: number): string {
  const date = new Date(now);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()];
  const time = clock.map((part) => String(part).padStart(2, '0')).join(':');
  return `${months[date.getMonth()] ?? ''} ${String(date.getDate()).padStart(2, ' ')} ${time}`;
}
