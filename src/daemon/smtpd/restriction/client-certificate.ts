/** restriction/client-certificate - what a client's certificate allows. Postfix: smtpd_check.c, TLS_README. */
import { LookupError } from '../../../lib/map/match-list.js';
import { type AccessCheck, act } from './access.js';
import { type Check, codeReply, deferIfPermit, dunno, permit, type Verdict } from './check.js';

/** relay_clientcerts has the fingerprint of the certificate or of its key; who signed it does not matter. */
export async function permitTlsClientcerts(check: Check): Promise<Verdict> {
  const { core, state } = check;
  for (const fingerprint of state.tls?.fingerprints ?? []) {
    try {
      if ((await core.relayClientcerts.find(fingerprint)) !== undefined) return permit;
    } catch (error) {
      if (!(error instanceof LookupError)) throw error;
      core.log.warning(`relay_clientcerts: ${error.message}`);
      return deferIfPermit(check, codeReply(450, '4.3.0', 'Temporary lookup error'));
    }
  }
  return dunno;
}

/** An authority of smtpd_tls_CAfile stands for the certificate. */
export function permitTlsAllClientcerts({ state }: Check): Verdict {
  return state.tls?.trusted === true ? permit : dunno;
}

/** An access table by fingerprint: of the certificate first, then of its key. */
export const checkCcertAccess: AccessCheck = async (check, table, evaluate) => {
  const { tls, client } = check.state;
  if (!tls || tls.fingerprints.length === 0) return dunno;
  const subject = `${client.name}[${client.address}]`;
  return act(check, table, tls.fingerprints, 'Client certificate', subject, '5.7.1', evaluate);
};
