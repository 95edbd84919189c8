/**
 * ipc/conversation/rewrite - asks trivial-rewrite(8) for an address's canonical form and its route.
 */

export type RewriteContext = 'local' | 'remote';

/** How the domain of a recipient is served: ADDRESS_CLASS_README. */
export type AddressClass = 'local' | 'virtual-alias' | 'virtual-mailbox' | 'relay' | 'default';

export type Route =
  | {
      readonly is: 'route';
      readonly transport: string;
      /** Next hop as the transport takes it: `example.org`, `[gw]:25`; the domain itself for local. */
      readonly nexthop: string;
      readonly recipient: string;
      readonly addressClass: AddressClass;
      /** The local part asks for more routing (`user%elsewhere`), which no one has undone: relay control looks at it. */
      readonly routed?: boolean;
      /** Which table or parameter chose it, for explain. */
      readonly reason: string;
    }
  /** A lookup failed: try again later. */
  | { readonly is: 'try-again'; readonly reason: string }
  /** Bad address syntax. */
  | { readonly is: 'bad-address'; readonly reason: string };

export interface Rewrite {
  /** Internal form in and out: completes `user`, `user@host`, source routes, `user%host`. */
  rewrite(address: string, context: RewriteContext): string;
  /** Route of a recipient, seen from this sender (sender_dependent_* maps). */
  resolve(recipient: string, sender: string): Promise<Route>;
}
