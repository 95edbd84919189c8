/** command/hello - HELO and EHLO. RFC 5321 section 4.1.1.1; extensions in Postfix's order. */
import { type Reply, reply } from '../../../lib/protocol/smtp/reply.js';
import { decide } from '../decide.js';
import { hiddenNames } from '../keywords.js';
import { replies } from '../replies.js';
import type { Service } from '../service.js';
import type { SessionControl } from '../control.js';
import { authLines } from './auth.js';
import type { SessionState } from '../state.js';
import type { Command } from './command.js';
import { xclientKeyword } from './xclient.js';
import { xforwardKeyword } from './xforward.js';

export const helo: Command = (session, argument) => greet(session, argument, false);
export const ehlo: Command = (session, argument) => greet(session, argument, true);

async function greet(session: SessionControl, argument: string, isEsmtp: boolean): Promise<Reply> {
  const { service, state } = session;
  const name = argument.trim().replace(/\s+/g, ' ');
  if (name === '') return isEsmtp ? replies.ehloSyntax : replies.heloSyntax;
  // What could be taken for more than a name, in a Received: field or in the log, is not kept.
  const shown = name.replace(/[\x00-\x1f\x7f <>()\\";@]/g, '?');
  const filtered = await state.milters?.helo(shown, isEsmtp ? 'EHLO' : 'HELO');
  if (filtered?.code === 421) return filtered;
  await session.abortTransaction();
  state.helo = shown;
  state.isEsmtp = isEsmtp;
  if (!service.settings.smtpd_delay_reject) {
    const refused = await decide(session, { stage: 'helo', list: 'smtpd_helo_restrictions' });
    if (refused) {
      state.helo = '';
      return refused;
    }
  }
  const { myhostname } = service.settings;
  if (!isEsmtp) return reply(250, '', myhostname);
  // A filter's refusal is the answer to all that follows, so nothing is offered.
  if (filtered && filtered.code >= 500) return reply(250, '', myhostname, 'ENHANCEDSTATUSCODES');
  logHidden(session);
  return reply(250, '', myhostname, ...(await extensions(session)));
}

interface Extension {
  readonly keyword: string;
  readonly line: (service: Service, state: SessionState) => string | undefined;
}

const table: readonly Extension[] = [
  { keyword: 'PIPELINING', line: () => 'PIPELINING' },
  {
    keyword: 'SIZE',
    line: ({ settings }) =>
      settings.message_size_limit > 0 ? `SIZE ${settings.message_size_limit}` : 'SIZE',
  },
  { keyword: 'VRFY', line: ({ settings }) => (settings.disable_vrfy_command ? undefined : 'VRFY') },
  { keyword: 'ETRN', line: () => 'ETRN' },
  {
    keyword: 'STARTTLS',
    line: ({ tls }, state) => (tls.settings.enabled && !state.tls ? 'STARTTLS' : undefined),
  },
  // Depends on the session; command/auth knows.
  { keyword: 'AUTH', line: () => undefined },
  { keyword: 'VERP', line: (_, { mayXverp }) => (mayXverp ? 'XVERP' : undefined) },
  { keyword: 'XCLIENT', line: (_, { mayXclient }) => (mayXclient ? xclientKeyword : undefined) },
  {
    keyword: 'XFORWARD',
    line: (_, { mayXforward }) => (mayXforward ? xforwardKeyword : undefined),
  },
  { keyword: 'ENHANCEDSTATUSCODES', line: () => 'ENHANCEDSTATUSCODES' },
  { keyword: '8BITMIME', line: () => '8BITMIME' },
  { keyword: 'DSN', line: () => 'DSN' },
  {
    keyword: 'SMTPUTF8',
    line: ({ settings }) => (settings.smtputf8_enable ? 'SMTPUTF8' : undefined),
  },
  { keyword: 'CHUNKING', line: () => 'CHUNKING' },
];

/** True: offered, and so taken. */
export function offers({ service, state }: SessionControl, keyword: string): boolean {
  if (state.hiddenKeywords.has(keyword)) return false;
  return table.find((row) => row.keyword === keyword)?.line(service, state) !== undefined;
}

async function extensions(session: SessionControl): Promise<string[]> {
  const { service, state } = session;
  const lines: string[] = [];
  for (const row of table) {
    if (state.hiddenKeywords.has(row.keyword)) continue;
    if (row.keyword === 'AUTH') {
      if (service.sasl) lines.push(...(await authLines(session)));
      continue;
    }
    const line = row.line(service, state);
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

function logHidden({ service, state }: SessionControl): void {
  const names = hiddenNames(state.hiddenKeywords);
  if (names !== '') service.log.info(`discarding EHLO keywords: ${names}`);
}
