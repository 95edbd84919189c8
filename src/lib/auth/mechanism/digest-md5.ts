/** mechanism/digest-md5 - a keyed hash that proves the password both ways. RFC 2831; quality of protection: auth. */
import { type DigestParts, digestProof, isLatin1, parseDirectives, quoted } from '../digest-md5.js';
import { areEqual } from '../equal.js';
import { challenge, failed, type Step, trouble } from '../exchange.js';
import { fullName, isUsableName } from '../login.js';
import type { MechanismContext, MechanismMachine } from '../mechanism.js';
import { prepared } from '../prepare.js';

const maxResponse = 4096; // RFC 2831 section 2.1.2

export function createDigestMd5(context: MechanismContext): MechanismMachine {
  const { realms, randomBytes, service } = context;
  const realm = realms.localDomain || realms.hostname;
  const nonce = randomBytes(32).toString('base64');
  let provenUser: string | undefined;

  async function check(response: Buffer): Promise<Step> {
    const given = response.length > maxResponse ? undefined : parseDirectives(response);
    if (!given) return failed('credentials', { detail: 'Parse error' });
    const name = given.get('username') ?? '';
    const givenRealm = given.get('realm') ?? '';
    if (!isUsableName(name)) return failed('protocol', { detail: 'required parameters missing' });
    const user =
      givenRealm === '' || givenRealm === realm || name.includes('@')
        ? fullName(prepared(name), realms)
        : `${prepared(name)}@${givenRealm}`;
    const wrong = (detail: string): Step => failed('credentials', { detail, user });
    if (given.get('nonce') !== nonce) return wrong('nonce changed: authentication aborted');
    const cnonce = given.get('cnonce');
    if (cnonce === undefined || cnonce === '') return wrong('required parameters missing');
    if (given.get('nc') !== '00000001') return wrong('initial nonce-count is not 1');
    if ((given.get('qop') ?? 'auth') !== 'auth') return wrong('client requested unknown qop');
    const uri = given.get('digest-uri') ?? '';
    if (!uri.toLowerCase().startsWith(`${service.toLowerCase()}/`))
      return wrong('bad digest-uri: not for this service');
    const authzid = given.get('authzid') ?? '';
    const found = await context.backEnd.secret(user);
    if (found.is === 'trouble') return trouble(found.detail, user);
    const password = found.is === 'found' ? found.value : nonce;
    const parts: DigestParts = {
      user: name,
      realm: givenRealm,
      password,
      nonce,
      cnonce,
      nc: '00000001',
      uri,
      authzid,
    };
    const proof = given.get('response') ?? '';
    const latin1 = isLatin1(name, givenRealm, password);
    const encodings = latin1 ? (['utf8', 'latin1'] as const) : (['utf8'] as const);
    const encoding = encodings.find((one) =>
      areEqual(digestProof(parts, 'AUTHENTICATE', one), proof),
    );
    if (encoding === undefined || found.is !== 'found' || password === '')
      return wrong("client response doesn't match what we generated");
    if (authzid !== '' && fullName(prepared(authzid), realms) !== user)
      return failed('credentials', {
        detail: 'Requested identity not authenticated identity',
        user: authzid,
      });
    provenUser = user;
    return challenge(`rspauth=${digestProof(parts, '', encoding)}`);
  }

  return {
    start: (initial) =>
      initial
        ? failed('protocol', { detail: 'Remote sent first but mech does not allow it.' })
        : challenge(
            `nonce=${quoted(nonce)},realm=${quoted(realm)},qop="auth",charset=utf-8,algorithm=md5-sess`,
          ),
    // The last response is empty: it says that our own proof was read.
    step: (response) =>
      provenUser === undefined ? check(response) : { is: 'done', user: provenUser },
  };
}
