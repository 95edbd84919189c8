/** client/simple - PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195) and XOAUTH2 (Google's and Microsoft's), to log in. */
import { cramProof } from '../mechanism/cram-md5.js';
import { prepared } from '../prepare.js';
import type { ClientContext, ClientMachine } from './client.js';

const satisfied = { isSatisfied: () => true };

/** One message says it all. */
function once(message: string): ClientMachine {
  let isSent = false;
  return {
    ...satisfied,
    initial() {
      isSent = true;
      return Buffer.from(message);
    },
    async respond() {
      if (isSent) return 'unexpected challenge';
      isSent = true;
      return Buffer.from(message);
    },
  };
}

export function plainClient({ credentials, authzid }: ClientContext): ClientMachine {
  const { user, secret } = credentials;
  return once(`${authzid}\0${prepared(user)}\0${prepared(secret)}`);
}

export function loginClient({ credentials }: ClientContext): ClientMachine {
  const answers = [credentials.user, credentials.secret];
  return {
    ...satisfied,
    initial: () => undefined,
    async respond() {
      const next = answers.shift();
      return next === undefined ? 'unexpected challenge' : Buffer.from(next);
    },
  };
}

export function cramMd5Client({ credentials }: ClientContext): ClientMachine {
  let isSent = false;
  return {
    ...satisfied,
    initial: () => undefined,
    async respond(challenge) {
      if (isSent) return 'unexpected challenge';
      isSent = true;
      const { user, secret } = credentials;
      return Buffer.from(`${user} ${cramProof(secret, challenge.toString('utf8'))}`);
    },
  };
}

/** The server tells an error in a challenge and wants an empty response before its 535. */
export function xoauth2Client({ credentials }: ClientContext): ClientMachine {
  const { user, secret } = credentials;
  return {
    ...satisfied,
    initial: () => Buffer.from(`user=${user}\x01auth=Bearer ${secret}\x01\x01`),
    respond: async () => Buffer.alloc(0),
  };
}
