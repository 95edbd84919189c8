/** client/digest-md5 - logs in by DIGEST-MD5 and checks that the server knows the password, too. RFC 2831. */
import { type DigestParts, digestProof, isLatin1, parseDirectives, quoted } from '../digest-md5.js';
import { areEqual } from '../equal.js';
import type { ClientContext, ClientMachine } from './client.js';

export function digestMd5Client(context: ClientContext): ClientMachine {
  const { credentials, service, host, authzid, randomBytes } = context;
  let expected: string | undefined;
  let isProven = false;

  function answer(challenge: Buffer): Buffer | string {
    const given = parseDirectives(challenge);
    const nonce = given?.get('nonce');
    if (!given || nonce === undefined) return 'bad DIGEST-MD5 challenge';
    if (given.get('algorithm') !== 'md5-sess') return 'DIGEST-MD5 without md5-sess';
    const qop = (given.get('qop') ?? 'auth').split(/[ ,]+/);
    if (!qop.includes('auth')) return 'DIGEST-MD5 without qop=auth';
    const isUtf8 = given.get('charset') === 'utf-8';
    const { user, secret: password } = credentials;
    const at = user.lastIndexOf('@');
    const offered = given.get('realm');
    // user@realm names the realm where the server offers just that one.
    const isRealm = offered !== undefined && at >= 0 && user.slice(at + 1) === offered;
    const parts: DigestParts = {
      user: isRealm ? user.slice(0, at) : user,
      realm: offered ?? '',
      password,
      nonce,
      cnonce: randomBytes(24).toString('base64'),
      nc: '00000001',
      uri: `${service}/${host}`,
      authzid,
    };
    const encoding = isLatin1(parts.user, parts.realm, password) ? 'latin1' : 'utf8';
    expected = digestProof(parts, '', encoding);
    const fields = [
      ...(isUtf8 ? ['charset=utf-8'] : []),
      `username=${quoted(parts.user)}`,
      ...(offered === undefined ? [] : [`realm=${quoted(offered)}`]),
      `nonce=${quoted(nonce)}`,
      `nc=${parts.nc}`,
      `cnonce=${quoted(parts.cnonce)}`,
      `digest-uri=${quoted(parts.uri)}`,
      `response=${digestProof(parts, 'AUTHENTICATE', encoding)}`,
      'qop=auth',
      ...(authzid === '' ? [] : [`authzid=${quoted(authzid)}`]),
    ];
    return Buffer.from(fields.join(','), isUtf8 ? 'utf8' : 'latin1');
  }

  return {
    initial: () => undefined,
    async respond(challenge) {
      if (expected === undefined) return answer(challenge);
      if (isProven) return 'unexpected challenge';
      const proof = parseDirectives(challenge)?.get('rspauth');
      if (proof === undefined || !areEqual(proof, expected))
        return 'the server does not know the password';
      isProven = true;
      return Buffer.alloc(0);
    },
    isSatisfied: () => isProven,
  };
}
