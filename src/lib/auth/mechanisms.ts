/**
 * auth/mechanisms - the mechanisms that we check ourselves, a row each, in the order in which they are offered.
 *
 * XOAUTH2 and OAUTHBEARER are not here: only Dovecot can check their tokens (auth/dovecot/server).
 * Security properties as Cyrus SASL's plugins declare them, since smtpd_sasl_security_options speaks of those.
 */
import { createCramMd5 } from './mechanism/cram-md5.js';
import { createDigestMd5 } from './mechanism/digest-md5.js';
import { createExternal } from './mechanism/external.js';
import { createLogin } from './mechanism/login.js';
import { createPlain } from './mechanism/plain.js';
import { createScram } from './mechanism/scram.js';
import type { Mechanism, SecurityWord } from './mechanism.js';
import type { ScramHash } from './scram-keys.js';

const words = (...list: SecurityWord[]): ReadonlySet<SecurityWord> => new Set(list);

function scram(name: string, hash: ScramHash, isPlus = false): Mechanism {
  return {
    name,
    needs: `scram:${hash}`,
    isPlus,
    security: words('noplaintext', 'noactive', 'noanonymous', 'mutual_auth'),
    create: (context) => createScram(context, { name, hash, isPlus }),
  };
}

export const mechanisms: readonly Mechanism[] = [
  scram('SCRAM-SHA-256-PLUS', 'sha256', true),
  scram('SCRAM-SHA-1-PLUS', 'sha1', true),
  scram('SCRAM-SHA-512', 'sha512'),
  scram('SCRAM-SHA-384', 'sha384'),
  scram('SCRAM-SHA-256', 'sha256'),
  scram('SCRAM-SHA-224', 'sha224'),
  scram('SCRAM-SHA-1', 'sha1'),
  {
    name: 'DIGEST-MD5',
    needs: 'secret',
    isPlus: false,
    security: words('noplaintext', 'noanonymous', 'mutual_auth'),
    create: createDigestMd5,
  },
  {
    name: 'EXTERNAL',
    needs: undefined,
    isPlus: false,
    security: words('noplaintext', 'noanonymous', 'nodictionary'),
    create: createExternal,
  },
  {
    name: 'CRAM-MD5',
    needs: 'secret',
    isPlus: false,
    security: words('noplaintext', 'noanonymous'),
    create: createCramMd5,
  },
  {
    name: 'PLAIN',
    needs: 'password',
    isPlus: false,
    security: words('noanonymous'),
    create: createPlain,
  },
  {
    name: 'LOGIN',
    needs: 'password',
    isPlus: false,
    security: words('noanonymous'),
    create: createLogin,
  },
];
