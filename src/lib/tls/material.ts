/**
 * tls/material - the files and keys of TLS, as the process that may read them hands them on.
 *
 * Master reads private keys before anyone drops root, and gives their text to the workers; so no key on the disk
 * need be readable by mail_owner. All of it is plain JSON-able data. Postfix reads them before it drops root, too.
 */

export type TlsFile =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'unreadable'; readonly reason: string };

/** Keys that session tickets are sealed with: 48 random bytes as base64, of which the first 16 are the name. */
export type TicketKey = string;

export interface TlsMaterial {
  /** By path as main.cf names it. A CApath is one text: all its certificates. */
  readonly files: Readonly<Record<string, TlsFile>>;
  /** Tables of tls_server_sni_maps that could be listed: lower-case name to PEM text, by `type:name`. */
  readonly sniTables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The first seals; all open. */
  readonly ticketKeys: readonly TicketKey[];
}

export const noMaterial: TlsMaterial = { files: {}, sniTables: {}, ticketKeys: [] };

/** What is in use now, and a way to hear of what replaces it. */
export interface TlsSource {
  readonly current: TlsMaterial;
  /** Calls back after each change, with what there is now. */
  onChange(listener: (material: TlsMaterial) => void): void;
}

export interface UpdatableTlsSource extends TlsSource {
  update(material: TlsMaterial): void;
}

export function createTlsSource(initial: TlsMaterial = noMaterial): UpdatableTlsSource {
  const listeners: ((material: TlsMaterial) => void)[] = [];
  let current = initial;
  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.push(listener),
    update(material) {
      current = material;
      for (const listener of listeners) listener(material);
    },
  };
}
