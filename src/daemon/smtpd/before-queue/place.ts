/** before-queue/place - where smtpd_proxy_filter says that the filter is: `host:port`, `port`, `unix:path`; pure. */
import { servicePort } from '../../../lib/config/services.js';
import { FatalError } from '../../../lib/util/fatal-error.js';
import { sysexits } from '../../../lib/util/sysexits.js';

export type FilterPlace =
  | { readonly is: 'inet'; readonly host: string; readonly port: number }
  | { readonly is: 'unix'; readonly path: string };

/** Undefined: no filter. @throws {FatalError} what cannot be read: the service does not start */
export function parseFilterPlace(text: string): FilterPlace | undefined {
  if (text === '') return undefined;
  const path = /^(?:unix|local):(.+)$/.exec(text);
  if (path) return { is: 'unix', path: path[1] ?? '' };
  const inet = /^(?:inet:)?(?:(?:\[([^\]]+)\]|([^:[\]]*)):)?([^:]+)$/.exec(text);
  if (!inet)
    throw new FatalError(
      `smtpd_proxy_filter = ${text}: write host:port, or unix:path of a socket`,
      sysexits.config,
    );
  const port = servicePort(inet[3] ?? '', `smtpd_proxy_filter = ${text}`);
  return { is: 'inet', host: inet[1] ?? (inet[2] || 'localhost'), port };
}
