/** client/mechanisms - the mechanisms by which we log in, a row each, the strongest first. */
import type { SecurityWord } from '../mechanism.js';
import type { ScramHash } from '../scram-keys.js';
import type { ClientContext, ClientMachine, ClientMechanism } from './client.js';
import { digestMd5Client } from './digest-md5.js';
import { scramClient } from './scram.js';
import { cramMd5Client, loginClient, plainClient, xoauth2Client } from './simple.js';

function row(
  name: string,
  create: (context: ClientContext) => ClientMachine,
  ...security: SecurityWord[]
): ClientMechanism {
  return { name, create, needsBinding: false, security: new Set(security) };
}

function scram(name: string, hash: ScramHash, isPlus = false): ClientMechanism {
  const create = (context: ClientContext): ClientMachine => scramClient(context, hash, isPlus);
  return {
    ...row(name, create, 'noplaintext', 'noactive', 'noanonymous', 'mutual_auth'),
    needsBinding: isPlus,
  };
}

export const clientMechanisms: readonly ClientMechanism[] = [
  scram('SCRAM-SHA-256-PLUS', 'sha256', true),
  scram('SCRAM-SHA-1-PLUS', 'sha1', true),
  scram('SCRAM-SHA-512', 'sha512'),
  scram('SCRAM-SHA-256', 'sha256'),
  scram('SCRAM-SHA-1', 'sha1'),
  row('DIGEST-MD5', digestMd5Client, 'noplaintext', 'noanonymous', 'mutual_auth'),
  row('CRAM-MD5', cramMd5Client, 'noplaintext', 'noanonymous'),
  row('PLAIN', plainClient, 'noanonymous'),
  row('LOGIN', loginClient, 'noanonymous'),
];

/** Only with a token instead of a password: told by the entry of smtp_sasl_password_maps. */
export const tokenMechanism = row('XOAUTH2', xoauth2Client, 'noanonymous');
