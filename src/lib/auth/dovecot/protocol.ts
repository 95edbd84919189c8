/**
 * dovecot/protocol - lines of Dovecot's authentication protocol, version 1: fields between tabs.
 *
 * Pure. Source: Dovecot's "Authentication Protocol v1.2". What we send is made of base64 and of values from which
 * tabs and line ends are taken out, so that a client cannot add a field.
 */

export type DovecotLine =
  | { readonly is: 'version'; readonly major: number }
  | { readonly is: 'mechanism'; readonly name: string; readonly properties: readonly string[] }
  | { readonly is: 'server' }
  | { readonly is: 'done' }
  | { readonly is: 'ok'; readonly id: number; readonly fields: ReadonlyMap<string, string> }
  | { readonly is: 'fail'; readonly id: number; readonly fields: ReadonlyMap<string, string> }
  | { readonly is: 'continue'; readonly id: number; readonly data: string }
  | { readonly is: 'other' };

const other: DovecotLine = { is: 'other' };

/** @param line without its end */
export function parseDovecotLine(line: string): DovecotLine {
  const [command = '', first = '', ...rest] = line.split('\t').map(unescapeField);
  switch (command) {
    case 'VERSION':
      return { is: 'version', major: Number(first) };
    case 'MECH':
      return { is: 'mechanism', name: first.toUpperCase(), properties: rest };
    case 'SPID':
      return { is: 'server' };
    case 'DONE':
      return { is: 'done' };
    case 'OK':
    case 'FAIL': {
      if (!isId(first)) return other;
      const fields = new Map<string, string>();
      for (const field of rest) {
        const equals = field.indexOf('=');
        if (equals < 0) fields.set(field, '');
        else fields.set(field.slice(0, equals), field.slice(equals + 1));
      }
      return { is: command === 'OK' ? 'ok' : 'fail', id: Number(first), fields };
    }
    case 'CONT':
      return isId(first) ? { is: 'continue', id: Number(first), data: rest[0] ?? '' } : other;
    default:
      return other;
  }
}

const isId = (text: string): boolean => /^\d{1,10}$/.test(text);

/** Within a field, \001 and a character stand for what would end it. */
function unescapeField(text: string): string {
  if (!text.includes('\x01')) return text;
  return text.replace(/\x01([01trn])/g, (_, code: string) => escapes[code] ?? '');
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  '1': '\x01',
  t: '\t',
  r: '\r',
  n: '\n',
};

export const handshake = (pid: number): string => `VERSION\t1\t1\nCPID\t${pid}\n`;

export interface AuthRequest {
  readonly id: number;
  readonly mechanism: string;
  readonly service: string;
  /** `name=value`, or a bare name for `undefined`. */
  readonly parameters: readonly (readonly [name: string, value: string | undefined])[];
  /** Base64; undefined: none. It comes last, as the protocol wants. */
  readonly initial: string | undefined;
}

export function authLine(request: AuthRequest): string {
  const fields = [
    'AUTH',
    String(request.id),
    plain(request.mechanism),
    `service=${plain(request.service)}`,
    ...request.parameters.map(([name, value]) =>
      value === undefined ? name : `${name}=${plain(value)}`,
    ),
  ];
  if (request.initial !== undefined) fields.push(`resp=${plain(request.initial)}`);
  return `${fields.join('\t')}\n`;
}

export const continueLine = (id: number, data: string): string => `CONT\t${id}\t${plain(data)}\n`;

export const cancelLine = (id: number): string => `CANCEL\t${id}\n`;

const plain = (text: string): string => text.replace(/[\x00-\x1f\x7f]/g, '');
