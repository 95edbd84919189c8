/**
 * protocol/haproxy/header - the line (version 1) or the block (version 2) by which a proxy says who connected; pure.
 *
 * Standard: HAProxy's "The PROXY protocol", versions 1 and 2.
 */
import { addressValue } from '../../util/net-address.js';

export interface ProxiedEndpoints {
  readonly client: { readonly address: string; readonly port: number };
  readonly server: { readonly address: string; readonly port: number };
}

export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly is: 'incomplete' }
  | { readonly is: 'bad'; readonly problem: string }
  /** `used`: bytes of the header. Without endpoints the proxy speaks for itself: a health check. */
  | {
      readonly is: 'header';
      readonly used: number;
      readonly endpoints: ProxiedEndpoints | undefined;
    };

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const maxLine = 107; // version 1, with its line end
const maxBlock = 536; // version 2: 16 bytes, addresses, and what else the least IPv6 packet has room for

export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const seen = Math.min(bytes.length, signature.length);
  if (seen > 0 && bytes.subarray(0, seen).equals(signature.subarray(0, seen)))
    return bytes.length < 16 ? { is: 'incomplete' } : parseBlock(bytes);
  const end = bytes.subarray(0, maxLine).indexOf('\n');
  if (end >= 0) return parseLine(bytes.toString('latin1', 0, end + 1));
  const start = bytes.toString('latin1', 0, Math.min(6, bytes.length));
  if (!'PROXY '.startsWith(start)) return { is: 'bad', problem: 'unrecognized protocol header' };
  return bytes.length < maxLine
    ? { is: 'incomplete' }
    : { is: 'bad', problem: 'protocol header is too long' };
}

const line =
  /^PROXY (?:(TCP4|TCP6) (\S{1,45}) (\S{1,45}) (\d{1,5}) (\d{1,5})|UNKNOWN(?: .*)?)\r?\n$/;

function parseLine(text: string): ProxyHeader {
  const match = line.exec(text);
  if (!text.startsWith('PROXY ')) return { is: 'bad', problem: 'unrecognized protocol header' };
  if (!match) return { is: 'bad', problem: 'bad or missing protocol type' };
  const [, family, from = '', to = '', fromPort = '', toPort = ''] = match;
  if (family === undefined) return { is: 'header', used: text.length, endpoints: undefined };
  const version = family === 'TCP4' ? 4 : 6;
  if (addressValue(from)?.family !== version)
    return { is: 'bad', problem: 'bad or missing client address' };
  if (addressValue(to)?.family !== version)
    return { is: 'bad', problem: 'bad or missing server address' };
  return withEndpoints(text.length, from, to, Number(fromPort), Number(toPort));
}

function parseBlock(bytes: Buffer): ProxyHeader {
  const version = (bytes[12] ?? 0) >> 4;
  const command = (bytes[12] ?? 0) & 0x0f;
  const family = bytes[13] ?? 0;
  const length = bytes.readUInt16BE(14);
  const used = 16 + length;
  if (version !== 2 || command > 1) return { is: 'bad', problem: 'bad version or command' };
  if (used > maxBlock) return { is: 'bad', problem: 'protocol header is too long' };
  if (bytes.length < used) return { is: 'incomplete' };
  if (command === 0) return { is: 'header', used, endpoints: undefined }; // LOCAL
  if (family === 0x11 && length >= 12) {
    const address = (at: number): string => bytes.subarray(at, at + 4).join('.');
    const port = (at: number): number => bytes.readUInt16BE(at);
    return withEndpoints(used, address(16), address(20), port(24), port(26));
  }
  if (family === 0x21 && length >= 36)
    return withEndpoints(
      used,
      ipv6Text(bytes.subarray(16, 32)),
      ipv6Text(bytes.subarray(32, 48)),
      bytes.readUInt16BE(48),
      bytes.readUInt16BE(50),
    );
  if (family === 0) return { is: 'header', used, endpoints: undefined }; // UNSPEC
  return { is: 'bad', problem: 'unsupported address family or transport' };
}

function withEndpoints(
  used: number,
  from: string,
  to: string,
  fromPort: number,
  toPort: number,
): ProxyHeader {
  if (fromPort < 1 || fromPort > 65_535 || toPort < 1 || toPort > 65_535)
    return { is: 'bad', problem: 'bad port in protocol header' };
  const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
  return {
    is: 'header',
    used,
    endpoints: {
      client: { address: plain(from), port: fromPort },
      server: { address: plain(to), port: toPort },
    },
  };
}

/** As the system writes it: the longest run of zeros is left out. */
function ipv6Text(bytes: Buffer): string {
  const isMapped =
    bytes.readUInt16BE(10) === 0xffff && bytes.subarray(0, 10).every((byte) => byte === 0);
  if (isMapped) return bytes.subarray(12).join('.');
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  return new URL(`http://[${words.map((word) => word.toString(16)).join(':')}]/`).hostname.slice(
    1,
    -1,
  );
}
