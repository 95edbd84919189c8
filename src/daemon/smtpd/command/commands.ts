/** command/commands - the commands by verb, a row each. */
import { auth } from './auth.js';
import type { Command } from './command.js';
import { bdat, data } from './content.js';
import { ehlo, helo } from './hello.js';
import { mail } from './mail.js';
import { etrn, noop, quit, rset, vrfy } from './others.js';
import { rcpt } from './rcpt.js';
import { starttls } from './starttls.js';
import { xclient } from './xclient.js';
import { xforward } from './xforward.js';

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
  XCLIENT: xclient,
  XFORWARD: xforward,
};
