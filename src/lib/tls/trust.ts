/**
 * tls/trust - the certificate authorities of CAfile and CApath, as PEM text.
 *
 * Unreadable ones are no reason to stop: whoever they would vouch for is then untrusted. Postfix: tls_misc.c.
 */
import { rootCertificates } from 'node:tls';
import type { Settings } from '../config/settings.js';
import type { ReadTlsFile, TlsPrefix } from './identity.js';
import { certificatesOf } from './pem.js';

/** A CApath is named with this mark among the files that are read, for it is a directory. */
export const directoryMark = 'dir:';

export function trustFiles(settings: Settings, prefix: TlsPrefix): string[] {
  const file = settings[`${prefix}_tls_CAfile`];
  const directory = settings[`${prefix}_tls_CApath`];
  return [
    ...(file === '' ? [] : [file]),
    ...(directory === '' ? [] : [`${directoryMark}${directory}`]),
  ];
}

/** PEM texts for `ca`; never undefined, so that the library's own list counts only when asked for. */
export function trustedAuthorities(
  settings: Settings,
  prefix: TlsPrefix,
  read: ReadTlsFile,
  warn: (text: string) => void,
): string[] {
  const texts = trustFiles(settings, prefix).flatMap((name) => {
    const file = read(name);
    if (file?.is === 'text') return [certificatesOf(file.text)].filter((text) => text !== '');
    warn(
      `cannot load certificate authorities from ${name.replace(directoryMark, '')}: ${file?.reason ?? 'was not read; reload Postfix'}`,
    );
    return [];
  });
  return settings.tls_append_default_CA ? [...texts, ...systemAuthorities(read)] : texts;
}

/** Where systems keep their own list; Node's built-in one stands in where there is none. */
export const systemBundle = '/etc/ssl/certs/ca-certificates.crt';

function systemAuthorities(read: ReadTlsFile): readonly string[] {
  const bundle = read(systemBundle);
  const text = bundle?.is === 'text' ? certificatesOf(bundle.text) : '';
  return text === '' ? rootCertificates : [text];
}
