/** client/scram - logs in by SCRAM and checks the server's signature. RFC 5802, RFC 7677, RFC 9266. */
import { areEqual } from '../equal.js';
import { prepared } from '../prepare.js';
import { digest, hmac, saltedPassword, type ScramHash } from '../scram-keys.js';
import type { ClientContext, ClientMachine } from './client.js';

const leastIterations = 1; // old servers have few; a stranger's server learns nothing by it
const mostIterations = 1_000_000; // a server shall not make us compute for minutes

const escapeName = (name: string): string =>
  prepared(name).replaceAll('=', '=3D').replaceAll(',', '=2C');

export function scramClient(
  context: ClientContext,
  hash: ScramHash,
  isPlus: boolean,
): ClientMachine {
  const { credentials, authzid, bindings, isPlusOffered, randomBytes } = context;
  const nonce = randomBytes(24).toString('base64');
  const bare = `n=${escapeName(credentials.user)},r=${nonce}`;
  const type = bindings?.['tls-exporter'] ? 'tls-exporter' : 'tls-server-end-point';
  // `y` lets the server see that somebody has taken its -PLUS away. RFC 5802 section 6.
  const unbound = bindings?.[type] && !isPlusOffered ? 'y' : 'n';
  const flag = isPlus ? `p=${type}` : unbound;
  const header = `${flag},${authzid === '' ? '' : `a=${escapeName(authzid)}`},`;
  const binding = isPlus ? (bindings?.[type] ?? Buffer.alloc(0)) : Buffer.alloc(0);
  let signature: Buffer | undefined;
  let isProven = false;

  async function answer(first: string): Promise<Buffer | string> {
    const match = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,9})(?:,.*)?$/s.exec(first);
    if (!match) return 'bad SCRAM challenge';
    const [, fullNonce = '', salt = '', count = ''] = match;
    const iterations = Number(count);
    if (!fullNonce.startsWith(nonce) || fullNonce === nonce) return 'SCRAM nonce is not ours';
    if (iterations < leastIterations || iterations > mostIterations)
      return `SCRAM with ${iterations} iterations`;
    const salted = await saltedPassword(
      hash,
      credentials.secret,
      Buffer.from(salt, 'base64'),
      iterations,
    );
    const bound = Buffer.concat([Buffer.from(header), binding]).toString('base64');
    const withoutProof = `c=${bound},r=${fullNonce}`;
    const message = `${bare},${first},${withoutProof}`;
    const clientKey = hmac(hash, salted, 'Client Key');
    const clientSignature = hmac(hash, digest(hash, clientKey), message);
    const proof = clientKey.map((byte, index) => byte ^ (clientSignature[index] ?? 0));
    signature = hmac(hash, hmac(hash, salted, 'Server Key'), message);
    return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
  }

  return {
    initial: () => Buffer.from(header + bare),
    async respond(challenge) {
      const text = challenge.toString('utf8');
      if (!signature) return text === '' ? Buffer.from(header + bare) : answer(text);
      const match = /^v=([A-Za-z0-9+/=]+)(?:,.*)?$/s.exec(text);
      if (isProven || !match) return 'bad SCRAM challenge';
      if (!areEqual(Buffer.from(match[1] ?? '', 'base64'), signature))
        return 'the server does not know the password';
      isProven = true;
      return Buffer.alloc(0);
    },
    isSatisfied: () => isProven,
  };
}
