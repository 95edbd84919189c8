/** util/sysexits - exit statuses that mail programs give each other. Source: sysexits(3). */
export const sysexits = {
  ok: 0,
  usage: 64,
  dataError: 65,
  noInput: 66,
  noUser: 67,
  noHost: 68,
  unavailable: 69,
  software: 70,
  osError: 71,
  osFile: 72,
  cannotCreate: 73,
  ioError: 74,
  temporaryFailure: 75,
  protocol: 76,
  noPermission: 77,
  /** Not EX_CONFIG (78): every fatal error of Postfix's programs but sendmail ends with 1. */
  config: 1,
} as const;
