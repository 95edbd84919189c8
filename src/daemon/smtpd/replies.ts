/** smtpd/replies - what the server says, in Postfix's words; each reply stands here and nowhere else. */
import { type Reply, reply } from '../../lib/protocol/smtp/reply.js';

export const replies = {
  ok: reply(250, '2.0.0', 'Ok'),
  senderOk: reply(250, '2.1.0', 'Ok'),
  recipientOk: reply(250, '2.1.5', 'Ok'),
  bye: reply(221, '2.0.0', 'Bye'),
  startData: reply(354, '', 'End data with <CR><LF>.<CR><LF>'),
  etrnStarted: reply(250, '', 'Queuing started'),

  badSyntax: reply(500, '5.5.2', 'Error: bad syntax'),
  badUtf8: reply(500, '5.5.2', 'Error: bad UTF-8 syntax'),
  unknownCommand: reply(500, '5.5.2', 'Error: command not recognized'),
  notImplemented: reply(502, '5.5.1', 'Error: command not implemented'),
  bdatNotImplemented: reply(521, '5.5.1', 'Error: command not implemented'),
  heloSyntax: reply(501, '', 'Syntax: HELO hostname'),
  ehloSyntax: reply(501, '', 'Syntax: EHLO hostname'),
  mailSyntax: reply(501, '5.5.4', 'Syntax: MAIL FROM:<address>'),
  rcptSyntax: reply(501, '5.5.4', 'Syntax: RCPT TO:<address>'),
  dataSyntax: reply(501, '5.5.4', 'Syntax: DATA'),
  rsetSyntax: reply(501, '5.5.4', 'Syntax: RSET'),
  vrfySyntax: reply(501, '5.5.4', 'Syntax: VRFY address'),
  vrfyUtf8Syntax: reply(501, '5.5.4', 'Syntax: VRFY address [SMTPUTF8]'),
  bdatSyntax: reply(521, '5.5.4', 'Syntax: BDAT count [LAST]'),
  etrnSyntax: reply(500, '', 'Syntax: ETRN domain'),
  etrnBadName: reply(501, '', 'Error: invalid parameter syntax'),
  starttlsSyntax: reply(501, '5.5.4', 'Syntax: STARTTLS'),
  badSender: reply(501, '5.1.7', 'Bad sender address syntax'),
  badRecipient: reply(501, '5.1.3', 'Bad recipient address syntax'),
  badSize: reply(501, '5.5.4', 'Bad message size syntax'),
  dsnDisabled: reply(501, '5.7.1', 'DSN support is disabled'),
  needSmtputf8: reply(553, '5.6.7', 'Must declare SMTPUTF8 to send unicode address'),
  badVerp: (allowed: string): Reply =>
    reply(501, '5.5.4', `Error: XVERP needs two characters from ${allowed}`),
  verpWithoutSender: reply(503, '5.5.4', 'Error: XVERP requires non-null sender'),
  badRet: reply(501, '5.5.4', 'Bad RET parameter syntax'),
  badEnvid: reply(501, '5.5.4', 'Bad ENVID parameter syntax'),
  badNotify: reply(501, '5.5.4', 'Error: Bad NOTIFY parameter syntax'),
  badOrcpt: reply(501, '5.5.4', 'Error: Bad ORCPT parameter syntax'),
  controls: reply(500, '5.5.2', 'Error: control characters in command'),

  needHelo: reply(503, '5.5.1', 'Error: send HELO/EHLO first'),
  needHeloEtrn: reply(503, '', 'Error: send HELO first'),
  nestedMail: reply(503, '5.5.1', 'Error: nested MAIL command'),
  needMail: reply(503, '5.5.1', 'Error: need MAIL command'),
  needRcpt: reply(503, '5.5.1', 'Error: need RCPT command'),
  noValidRecipients: reply(554, '5.5.1', 'Error: no valid recipients'),
  mailAfterBdat: reply(503, '5.5.1', 'Error: MAIL after BDAT'),
  rcptAfterBdat: reply(503, '5.5.1', 'Error: RCPT after BDAT'),
  dataAfterBdat: reply(503, '5.5.1', 'Error: DATA after BDAT'),
  nullBdat: reply(551, '5.7.1', 'Null BDAT request'),
  etrnInTransaction: reply(503, '', 'Error: MAIL transaction in progress'),
  inTransaction: reply(503, '5.5.1', 'Error: MAIL transaction in progress'),

  authSucceeded: reply(235, '2.7.0', 'Authentication successful'),
  authAborted: reply(501, '5.7.0', 'Authentication aborted'),
  authSyntax: reply(501, '5.5.4', 'Syntax: AUTH mechanism'),
  authTooLong: reply(500, '5.5.6', 'SASL response limit exceeded'),
  alreadyAuthenticated: reply(503, '5.5.1', 'Error: already authenticated'),
  authInTransaction: reply(503, '5.5.1', 'Error: MAIL transaction in progress'),
  severalAuths: reply(503, '5.5.4', 'Error: multiple AUTH= options'),
  authFailed: (reason: string): Reply =>
    reply(535, '5.7.8', `Error: authentication failed: ${reason}`),
  authTrouble: (reason: string): Reply =>
    reply(454, '4.7.0', `Temporary authentication failure: ${reason}`),
  tooManyAuths: (client: string): Reply =>
    reply(450, '4.7.1', `Error: too many AUTH commands from ${client}`),
  tooManyAuthFailures: (client: string): Reply =>
    reply(450, '4.7.1', `Error: too many failed logins from ${client}`),
  startTls: reply(220, '2.0.0', 'Ready to start TLS'),
  tlsActive: reply(554, '5.5.1', 'Error: TLS already active'),
  tlsUnavailable: reply(454, '4.7.0', 'TLS not available due to local problem'),
  needTls: reply(530, '5.7.0', 'Must issue a STARTTLS command first'),
  noMoreTlsSessions: (client: string): Reply =>
    reply(454, '4.7.0', `Error: too many new TLS sessions from ${client}`),
  tooManyTlsSessions: (host: string, client: string): Reply =>
    reply(421, '4.7.0', `${host} Error: too many new TLS sessions from ${client}`),
  certificateRefused: (host: string, why: string): Reply =>
    reply(421, '4.7.1', `${host} Error: ${why}`),

  authNotEnabled: reply(503, '5.5.1', 'Error: authentication not enabled'),
  notAuthorized: reply(550, '5.7.0', 'Error: insufficient authorization'),
  vrfyDisabled: reply(502, '5.5.1', 'VRFY command is disabled'),
  etrnUnavailable: (site: string): Reply => reply(459, '', `<${site}>: service unavailable`),

  tooBig: reply(552, '5.3.4', 'Message size exceeds fixed limit'),
  fileTooBig: reply(552, '5.3.4', 'Error: message file too big'),
  beyondFileSystem: reply(552, '5.3.4', 'Message size exceeds file system imposed limit'),
  chunkTooBig: reply(552, '5.3.4', 'Chunk exceeds message size limit'),
  insufficientStorage: reply(452, '4.3.1', 'Insufficient system storage'),
  /** Beyond the limit, and no error yet: the client sends the others in another transaction. */
  recipientsFull: reply(452, '4.5.3', 'Error: too many recipients'),
  tooManyRecipients: reply(452, '4.5.3', 'Error: too many recipients'),
  tooManyRecipientsByClient: (client: string): Reply =>
    reply(450, '4.7.1', `Error: too many recipients from ${client}`),
  tooManyMessages: (client: string): Reply =>
    reply(450, '4.7.1', `Error: too much mail from ${client}`),
  tooManyConnections: (host: string, client: string): Reply =>
    reply(421, '4.7.0', `${host} Error: too many connections from ${client}`),
  tooManyErrors: (host: string): Reply => reply(421, '4.7.0', `${host} Error: too many errors`),
  timeout: (host: string): Reply => reply(421, '4.4.2', `${host} Error: timeout exceeded`),
  protocolError: (host: string): Reply => reply(521, '5.5.1', `${host} Error: Protocol error`),
  accessDenied: (client: string): Reply =>
    reply(503, '5.7.0', `Error: access denied for ${client}`),
  bareNewline: (code: number, host: string): Reply =>
    reply(code, `${Math.floor(code / 100)}.5.2`, `${host} Error: bare <LF> received`),
  rulesBroken: reply(221, '2.7.0', 'Error: I can break rules, too. Goodbye.'),
  pipelining: reply(554, '5.5.0', 'Error: SMTP protocol synchronization'),
  shuttingDown: (host: string): Reply =>
    reply(421, '4.3.2', `${host} Service not available, closing channel`),
  serverError: reply(451, '4.3.0', 'Error: queue file write error'),
  configurationError: reply(451, '4.3.5', 'Server configuration error'),
  temporaryLookup: reply(451, '4.3.0', 'Temporary lookup failure'),
} as const;

export const unsupportedOption = (option: string): Reply =>
  reply(555, '5.5.4', `Unsupported option: ${option}`);
/** @param chunkBytes size of the last BDAT chunk; undefined after DATA */
export const queuedAs = (queueId: string, chunkBytes?: number): Reply =>
  reply(
    250,
    '2.0.0',
    `Ok: ${chunkBytes === undefined ? '' : `${chunkBytes} bytes `}queued as ${queueId}`,
  );
export const discarded = (bytes: number): Reply =>
  reply(551, '5.0.0', `Discarded ${bytes} bytes after earlier error`);
export const chunkTaken = (bytes: number): Reply => reply(250, '2.0.0', `Ok: ${bytes} bytes`);
