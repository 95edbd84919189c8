/** tls/tls-error - a TLS setting, key or certificate that cannot be used; the text says which and why. */
export class TlsError extends Error {}
