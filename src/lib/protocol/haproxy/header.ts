/**
 * protocol/haproxy/header - the line (version 1) or the block (version 2) by which a proxy says who connected; pure.
 *
 * Standard: HAProxy's "The PROXY protocol", versions 1 and 2.
 */
import { addressValue, canonicalAddress } from '../../util/net-address.js';

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
const maxLine = 256; // version 1; the standard's longest has 107, Postfix takes more
const maxBlock = 536; // version 2: 16 bytes, addresses, and what else the least IPv6 packet has room for

export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const seen = Math.min(bytes.length, signature.length);
  if (seen > 0 && bytes.subarray(0, seen).equals(signature.subarray(0, seen)))
    return bytes.length < 16 ? { is: 'incomplete' } : parseBlock(bytes);
  const end = bytes.subarray(0, maxLine).indexOf('\n');
  if (end >= 0) return parseLine(bytes.toString('latin1', 0, end + 1));
  const start = bytes.toString('latin1', 0, Math.min(6, bytes.length));
  if (!'PROXY '.startsWith(start)) return bad('unrecognized protocol header');
  return bytes.length < maxLine ? { is: 'incomplete' } : bad('protocol header is too long');
}

function parseLine(text: string): ProxyHeader {
  const used = text.length;
  const words = text.trimEnd().split(/ +/);
  const [proxy, protocol = '', from = '', to = '', fromPort = '', toPort = ''] = words;
  if (proxy !== 'PROXY')
    return bad(used < 8 ? 'short protocol header' : 'unrecognized protocol header');
  const family = protocol.toUpperCase();
  // The standard: the receiver takes UNKNOWN, whatever stands behind it, and looks at the connection itself.
  if (family === 'UNKNOWN') return { is: 'header', used, endpoints: undefined };
  if (family !== 'TCP4' && family !== 'TCP6') return bad('bad or missing protocol type');
  const version = family === 'TCP4' ? 4 : 6;
  if (addressValue(from)?.family !== version) return bad('bad or missing client address');
  if (addressValue(to)?.family !== version) return bad('bad or missing server address');
  const ports = [fromPort, toPort].map(portNumber);
  if (ports[0] === undefined) return bad('bad or missing client port');
  if (ports[1] === undefined) return bad('bad or missing server port');
  return withEndpoints(used, [from, ports[0]], [to, ports[1]]);
}

function bad(problem: string): ProxyHeader {
  return { is: 'bad', problem };
}

function portNumber(text: string): number | undefined {
  const port = /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : 65_536;
  return port > 65_535 ? undefined : port;
}

function parseBlock(bytes: Buffer): ProxyHeader {
  const version = (bytes[12] ?? 0) >> 4;
  const command = (bytes[12] ?? 0) & 0x0f;
  const family = bytes[13] ?? 0;
  const length = bytes.readUInt16BE(14);
  const used = 16 + length;
  if (version !== 2) return bad('unrecognized protocol version');
  if (command > 1) return bad('bad command in proxy header');
  if (used > maxBlock) return bad('short version 2 protocol header');
  if (bytes.length < used) return { is: 'incomplete' };
  const isLocal = command === 0;
  if (isLocal || family === 0) return { is: 'header', used, endpoints: undefined }; // UNSPEC: as UNKNOWN
  if (family !== 0x11 && family !== 0x21) return bad('unsupported network protocol');
  const size = family === 0x11 ? 4 : 16;
  if (length < 2 * size + 4) return bad('short address field');
  const address = (at: number): string => addressText(bytes.subarray(at, at + size));
  const port = (at: number): number => bytes.readUInt16BE(at);
  const ports = 16 + 2 * size;
  return withEndpoints(used, [address(16), port(ports)], [address(16 + size), port(ports + 2)]);
}

type Endpoint = readonly [address: string, port: number];

function withEndpoints(used: number, ...[client, server]: [Endpoint, Endpoint]): ProxyHeader {
  const endpoint = ([address, port]: Endpoint): ProxiedEndpoints['client'] => ({
    address: (canonicalAddress(address) ?? address).replace(/^::ffff:(?=\d+\.)/, ''),
    port,
  });
  return {
    is: 'header',
    used,
    endpoints: { client: endpoint(client), server: endpoint(server) },
  };
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(':');
}
