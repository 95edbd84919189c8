/** cleanup/content/rules - what header_checks, body_checks and the strict_* settings ask for, read once. */
import type { Settings } from '../../../lib/config/settings.js';
import type { DictOpener } from '../../../lib/dict/opener.js';
import { type ContentTables, openContentTables } from '../../../lib/map/content-check.js';
import { unescape } from '../../../lib/util/unescape.js';

export interface ContentRules {
  readonly tables: ContentTables;
  /** Whether lines of the body, or headers of its parts, are looked at. */
  readonly looksAtBody: boolean;
  /** disable_mime_input_processing: all of the body is lines. */
  readonly ignoresMime: boolean;
  /** body_checks_size_limit: bytes of each part; 0: all. */
  readonly bodyLimit: number;
  readonly refusesHeader8Bit: boolean;
  readonly refusesBody8Bit: boolean;
  readonly refusesEncodings: boolean;
  /** Of one char a byte; '' for none. */
  readonly rejectCharacters: string;
  readonly stripCharacters: string;
}

/** Undefined: nothing of it is set, so no message need be looked at. */
export function contentRules(settings: Settings, dicts: DictOpener): ContentRules | undefined {
  const ignoresMime = settings.disable_mime_input_processing;
  const list = (parameter: string, value: string) => ({ parameter, value });
  const tables = openContentTables(
    {
      header: list('header_checks', settings.header_checks),
      mime: list('mime_header_checks', ignoresMime ? '' : settings.mime_header_checks),
      nested: list('nested_header_checks', ignoresMime ? '' : settings.nested_header_checks),
      body: list('body_checks', settings.body_checks),
    },
    dicts,
  );
  const strict = !ignoresMime && settings.strict_8bitmime;
  const refusesBody8Bit = strict || (!ignoresMime && settings.strict_8bitmime_body);
  const refusesEncodings = !ignoresMime && settings.strict_mime_encoding_domain;
  const rules: ContentRules = {
    tables,
    ignoresMime,
    bodyLimit: settings.body_checks_size_limit,
    refusesHeader8Bit: strict || (!ignoresMime && settings.strict_7bit_headers),
    refusesBody8Bit,
    refusesEncodings,
    rejectCharacters: bytesOf(settings.message_reject_characters),
    stripCharacters: bytesOf(settings.message_strip_characters),
    looksAtBody:
      tables.has('mime') ||
      tables.has('nested') ||
      tables.has('body') ||
      refusesBody8Bit ||
      refusesEncodings,
  };
  const isIdle =
    tables.isEmpty &&
    !rules.looksAtBody &&
    !rules.refusesHeader8Bit &&
    rules.rejectCharacters === '' &&
    rules.stripCharacters === '';
  return isIdle ? undefined : rules;
}

function bytesOf(text: string): string {
  return text === '' ? '' : unescape(Buffer.from(text).toString('latin1'));
}
