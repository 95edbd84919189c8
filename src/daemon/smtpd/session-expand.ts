/**
 * smtpd/session-expand - `$names` of a session in replies: smtpd_reject_footer, default_rbl_reply, rbl_reply_maps.
 *
 * What a client said is cut down to the characters of smtpd_expansion_filter.
 */
import { expand } from '../../lib/config/expand.js';

export interface SessionExpand {
  /** @throws {ExpandError} a template that cannot be read @returns also the first name that `values` has not */
  (
    template: string,
    values: Readonly<Record<string, string>>,
  ): { readonly text: string; readonly unknown: string | undefined };
}

/** @param filter smtpd_expansion_filter: characters, with C escapes */
export function createSessionExpand(filter: string): SessionExpand {
  const allowed = new Set(
    filter.replace(/\\([0-7]{1,3}|[\s\S])/g, (_, what: string) => {
      if (/^[0-7]/.test(what)) return String.fromCharCode(Number.parseInt(what, 8) & 0xff);
      return { t: '\t', n: '\n', r: '\r' }[what] ?? what;
    }),
  );
  return (template, values) => {
    let unknown: string | undefined;
    const text = expand(template, (name) => {
      if (!Object.hasOwn(values, name)) {
        unknown ??= name;
        return undefined;
      }
      // A dollar sign in what was said is no name.
      return values[name]
        ?.replace(/[\s\S]/gu, (char) => (allowed.has(char) ? char : '_'))
        .replaceAll('$', '$$$$');
    });
    return { text, unknown };
  };
}
