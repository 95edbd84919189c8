/** ipc/conversation/anvil - counts per client and service for smtpd's limits; anvil(8). */
export interface AnvilCounts {
  /** Connections open now. */
  readonly connections: number;
  /** Within the current anvil_rate_time_unit. */
  readonly connectionRate: number;
}

export interface Anvil {
  connect(service: string, address: string): AnvilCounts;
  disconnect(service: string, address: string): void;
  /** Each counts one and answers the rate so far within anvil_rate_time_unit. */
  message(service: string, address: string): number;
  recipient(service: string, address: string): number;
  /** A TLS session that was not resumed. */
  newTlsSession(service: string, address: string): number;
  auth(service: string, address: string): number;
  /** Failed logins within anvil_rate_time_unit, `more` added. */
  authFailure(service: string, address: string, more: 0 | 1): number;
  /** The rate of new TLS sessions so far; counts nothing. */
  tlsSessionRate(service: string, address: string): number;
}
