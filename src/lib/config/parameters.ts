/** config/parameters - the one table of all main.cf parameters, by the part of the server that they set. */
import { addressClassParameters } from './parameter/address-class.js';
import { anvilParameters } from './parameter/anvil.js';
import { bounceParameters } from './parameter/bounce.js';
import { cleanupParameters } from './parameter/cleanup.js';
import { flushParameters } from './parameter/flush.js';
import { installParameters } from './parameter/install.js';
import { lmtpParameters } from './parameter/lmtp.js';
import { localParameters } from './parameter/local.js';
import { milterParameters } from './parameter/milter.js';
import { postscreenParameters } from './parameter/postscreen.js';
import { processParameters } from './parameter/process.js';
import { qmgrParameters } from './parameter/qmgr.js';
import { qmqpdParameters } from './parameter/qmqpd.js';
import { rewriteParameters } from './parameter/rewrite.js';
import { smtpParameters } from './parameter/smtp.js';
import { smtpdParameters } from './parameter/smtpd.js';
import { submissionParameters } from './parameter/submission.js';
import { tlsParameters } from './parameter/tls.js';
import { tlsproxyParameters } from './parameter/tlsproxy.js';
import { verifyParameters } from './parameter/verify.js';
import { virtualParameters } from './parameter/virtual.js';

export const parameters = {
  ...addressClassParameters,
  ...anvilParameters,
  ...bounceParameters,
  ...cleanupParameters,
  ...flushParameters,
  ...installParameters,
  ...lmtpParameters,
  ...localParameters,
  ...milterParameters,
  ...postscreenParameters,
  ...processParameters,
  ...qmgrParameters,
  ...qmqpdParameters,
  ...rewriteParameters,
  ...smtpParameters,
  ...smtpdParameters,
  ...submissionParameters,
  ...tlsParameters,
  ...tlsproxyParameters,
  ...verifyParameters,
  ...virtualParameters,
};

export type Parameters = typeof parameters;
export type ParameterName = keyof Parameters;
