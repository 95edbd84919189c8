/**
 * dns/resolver - questions to the DNS, with what Node's own resolver does not tell:
 * the AD bit, the time to live, and NXDOMAIN apart from NODATA.
 *
 * Counterpart in tests: testing/fake-dns. Standards: RFC 1035, RFC 2308, RFC 4035 section 3.2.3.
 */

export type RecordType =
  | 'A'
  | 'AAAA'
  | 'MX'
  | 'NS'
  | 'PTR'
  | 'TXT'
  | 'TLSA'
  | 'CNAME'
  | 'SRV'
  | 'SOA';

export interface DnsRecord {
  readonly name: string;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  /** Address, host name, or TXT text. MX: the exchange ('' is the null MX of RFC 7505). */
  readonly value: string;
  /** MX and SRV only. */
  readonly preference?: number;
  /** TLSA: the record's bytes; SRV: port in `port`. */
  readonly data?: Uint8Array;
  readonly port?: number;
}

export type DnsAnswer =
  | { readonly is: 'found'; readonly records: readonly DnsRecord[]; readonly authentic: boolean }
  /** NXDOMAIN. */
  | { readonly is: 'no-host'; readonly authentic: boolean }
  /** The name exists without such a record. */
  | { readonly is: 'no-data'; readonly authentic: boolean }
  /** SERVFAIL, timeout, malformed answer: may pass. `filtered`: a filter of the administrator's left nothing. */
  | { readonly is: 'try-again'; readonly reason: string; readonly filtered?: true }
  /** REFUSED and other permanent refusals, or a name that no query can carry. */
  | { readonly is: 'failed'; readonly reason: string };

export interface Resolver {
  /** Never rejects; ends within the time-outs of resolv.conf. */
  query(name: string, type: RecordType): Promise<DnsAnswer>;
  close(): void;
}
