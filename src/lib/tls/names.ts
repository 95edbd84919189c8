/**
 * tls/names - whether a certificate stands for a name.
 *
 * DNS names of subjectAltName count; the common name only where there are none. Postfix: tls_client.c match_servername().
 * Standard: RFC 6125.
 */
import type { X509Certificate } from 'node:crypto';
import { subjectName } from './certificate.js';

/** Lower case, without a final dot. Names with odd characters are left out. */
export function certificateNames(certificate: X509Certificate): string[] {
  // Node quotes an entry that could be taken for several.
  const entries = certificate.subjectAltName?.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  const names = entries.flatMap((entry) => {
    const name = /^\s*DNS:(.*)$/s.exec(entry)?.[1];
    return name === undefined ? [] : [name];
  });
  const all = names.length > 0 ? names : [subjectName(certificate)];
  return all
    .map((name) => name.toLowerCase().replace(/\.$/, ''))
    .filter((name) => /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name));
}

/** @param wanted `mx.example.org`, or `.example.org`: any name below */
export function standsFor(names: readonly string[], wanted: string, manyLabels: boolean): boolean {
  const name = wanted.toLowerCase().replace(/\.$/, '');
  if (name === '') return false;
  return names.some((pattern) => {
    if (name.startsWith('.')) return pattern.replace(/^\*/, '').endsWith(name);
    if (!pattern.startsWith('*.')) return pattern === name;
    const parent = pattern.slice(1);
    if (!name.endsWith(parent) || name.length === parent.length) return false;
    return manyLabels || !name.slice(0, -parent.length).includes('.');
  });
}
