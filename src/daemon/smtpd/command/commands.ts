/** command/commands - the commands by verb, a row each. */
import { replies } from '../replies.js';
import { auth } from './auth.js';
import type { Command } from './command.js';
import { bdat, data } from './content.js';
import { ehlo, helo } from './hello.js';
import { mail } from './mail.js';
import { etrn, noop, quit, rset, vrfy } from './others.js';
import { rcpt } from './rcpt.js';
import { starttls } from './starttls.js';

export const commands: Readonly<Record<string, Command>> = {
  HELO: helo,
  EHLO: ehlo,
  MAIL: mail,
  RCPT: rcpt,
  DATA: data,
  BDAT: bdat,
  RSET: rset,
  NOOP: noop,
  VRFY: vrfy,
  ETRN: etrn,
  QUIT: quit,
  STARTTLS: starttls,
  AUTH: auth,
  // Not offered: what Postfix answers where it is switched off.
  XCLIENT: () => replies.notAuthorized,
  XFORWARD: () => replies.notAuthorized,
};
