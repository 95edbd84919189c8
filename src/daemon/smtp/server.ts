/** smtp/server - one place to connect to. */
export interface Server {
  readonly host: string;
  /** IP address, or the path of a UNIX socket. */
  readonly address: string;
  /** 0 for a UNIX socket. */
  readonly port: number;
  /** Of its MX record; 0 where there was none. */
  readonly preference: number;
  /** The resolver vouches for the addresses (DNSSEC). */
  readonly hasSecureAddress?: boolean;
  /** Whether it vouches for the MX record that named the host; undefined: none did. */
  readonly hasSecureMx?: boolean;
}
