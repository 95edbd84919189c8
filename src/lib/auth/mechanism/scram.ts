/**
 * mechanism/scram - both sides prove that they know the password, and neither sends it. RFC 5802, RFC 7677, RFC 9266.
 *
 * For an unknown name the exchange goes on with made-up keys to its end, so that names cannot be found out.
 */
import { areEqual } from '../equal.js';
import { challenge, failed, type Step, trouble } from '../exchange.js';
import { fullName, isUsableName } from '../login.js';
import type { MechanismContext, MechanismMachine } from '../mechanism.js';
import { prepared } from '../prepare.js';
import { digest, fakeScramKeys, hmac, type ScramHash, type ScramKeys } from '../scram-keys.js';

export interface ScramKind {
  readonly name: string;
  readonly hash: ScramHash;
  readonly isPlus: boolean;
}

const nonceBytes = 24;

export function createScram(context: MechanismContext, kind: ScramKind): MechanismMachine {
  const machine = new Scram(context, kind);
  return {
    start: (initial) => (initial ? machine.step(initial) : challenge('')),
    step: (response) => machine.step(response),
  };
}

interface Opened {
  readonly user: string;
  readonly header: string;
  readonly binding: Buffer;
  readonly bare: string;
  readonly nonce: string;
  readonly serverFirst: string;
  readonly keys: ScramKeys;
  readonly isKnown: boolean;
}

class Scram {
  readonly #context: MechanismContext;
  readonly #kind: ScramKind;
  #opened: Opened | undefined;
  #proved = false;

  constructor(context: MechanismContext, kind: ScramKind) {
    this.#context = context;
    this.#kind = kind;
  }

  async step(response: Buffer): Promise<Step> {
    const text = response.toString('utf8');
    if (!this.#opened) return this.#first(text);
    if (!this.#proved) return this.#final(text, this.#opened);
    // Our signature was read; RFC 4954 section 4 leaves no other place for it than a challenge.
    return text === ''
      ? { is: 'done', user: this.#opened.user }
      : this.#bad('Invalid', this.#opened.user);
  }

  async #first(text: string): Promise<Step> {
    const match =
      /^([ny]|p=([A-Za-z0-9.-]+)),(?:a=([^,]*))?,(n=([^,]*),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(
        text,
      );
    if (!match) return this.#bad('Invalid');
    const [, flag = '', type, rawAuthorize, bare = '', rawName = '', clientNonce = ''] = match;
    const binding = this.#binding(flag, type);
    if (typeof binding === 'string') return this.#bad(binding);
    const name = unescapeName(rawName);
    const authorize = rawAuthorize === undefined ? '' : unescapeName(rawAuthorize);
    if (name === undefined || authorize === undefined || !isUsableName(name))
      return this.#bad('Invalid username in');
    const { realms, backEnd, fakeSecret, randomBytes } = this.#context;
    const user = fullName(prepared(name), realms);
    if (authorize !== '' && fullName(prepared(authorize), realms) !== user)
      return failed('credentials', {
        detail: 'Requested identity not authenticated identity',
        user: authorize,
      });
    const { hash } = this.#kind;
    const found = await backEnd.scramKeys(user, hash);
    if (found.is === 'trouble') return trouble(found.detail, user);
    const keys =
      found.is === 'found'
        ? found.value
        : fakeScramKeys(hash, fakeSecret, user, backEnd.scramIterations);
    const nonce = clientNonce + randomBytes(nonceBytes).toString('base64');
    const salt = keys.salt.toString('base64');
    const serverFirst = `r=${nonce},s=${salt},i=${keys.iterations}`;
    const header = text.slice(0, text.length - bare.length);
    const isKnown = found.is === 'found';
    this.#opened = { user, header, binding, bare, nonce, serverFirst, keys, isKnown };
    return challenge(serverFirst);
  }

  /** Data of the channel that the client says it is bound to; a text: what is wrong. RFC 5802 section 6. */
  #binding(flag: string, type: string | undefined): Buffer | string {
    const { bindings, offersPlus } = this.#context;
    if (type === undefined) {
      if (this.#kind.isPlus) return 'Channel binding missing in';
      if (flag === 'y' && offersPlus) return 'Channel binding downgrade in';
      return Buffer.alloc(0);
    }
    if (!this.#kind.isPlus) return 'Unexpected channel binding in';
    switch (type) {
      case 'tls-exporter':
      case 'tls-unique':
      case 'tls-server-end-point':
        return bindings?.[type] ?? 'Unavailable channel binding in';
      default:
        return 'Unknown channel binding in';
    }
  }

  #final(text: string, opened: Opened): Step {
    const match = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[^,]+)*),p=([A-Za-z0-9+/=]+)$/.exec(text);
    const { user, keys } = opened;
    if (!match) return this.#bad('Invalid', user);
    const [, withoutProof = '', bound = '', nonce = '', proofText = ''] = match;
    if (nonce !== opened.nonce) return this.#bad('Nonce mismatch', user);
    const expected = Buffer.concat([Buffer.from(opened.header), opened.binding]);
    if (!Buffer.from(bound, 'base64').equals(expected))
      return this.#bad('Channel binding mismatch', user);
    const { hash } = this.#kind;
    const message = `${opened.bare},${opened.serverFirst},${withoutProof}`;
    const signature = hmac(hash, keys.storedKey, message);
    const proof = Buffer.from(proofText, 'base64');
    const clientKey = Buffer.alloc(signature.length);
    for (let index = 0; index < signature.length; index += 1)
      clientKey[index] = (signature[index] ?? 0) ^ (proof[index] ?? 0);
    const isRight =
      areEqual(digest(hash, clientKey), keys.storedKey) && proof.length === signature.length;
    if (!isRight || !opened.isKnown)
      return failed('credentials', { detail: 'incorrect proof', user });
    this.#proved = true;
    return challenge(`v=${hmac(hash, keys.serverKey, message).toString('base64')}`);
  }

  #bad(what: string, user?: string): Step {
    return failed('protocol', {
      detail: `${what} ${this.#kind.name} input`,
      ...(user === undefined ? {} : { user }),
    });
  }
}

/** RFC 5802 section 5.1: `=2C` is a comma, `=3D` an equals sign, and there is no other `=`. */
function unescapeName(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined;
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
