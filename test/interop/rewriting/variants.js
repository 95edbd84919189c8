/** variants - settings under which addresses are rewritten and resolved; `senders`: who asks for routes. */

const domains = {
  relay_domains: 'relay.example, both.example',
  virtual_alias_domains: 'alias.example, both.example',
  virtual_mailbox_domains: 'box.example',
};

const transport = `nexthop.example smtp:[gate.example]
port.example smtp:[gate.example]:2525
transportonly.example slow:
.dotted.example relay:[dots.example]
error.example error:5.7.0 we do not write there
user+x@mapped.example slow:plus.example
user@mapped.example slow:user.example
mapped.example :domain.example
`;

export const variants = [
  { name: 'stock', main: {} },
  { name: 'classes', main: domains },
  { name: 'delimiter', main: { ...domains, recipient_delimiter: '+' } },
  { name: 'two delimiters', main: { ...domains, recipient_delimiter: '-+' } },
  { name: 'no origin added', main: { append_at_myorigin: 'no' } },
  { name: 'domain added', main: { append_dot_mydomain: 'yes' } },
  { name: 'another origin', main: { myorigin: 'origin.example', append_dot_mydomain: 'yes' } },
  { name: 'no percent hack', main: { ...domains, allow_percent_hack: 'no' } },
  { name: 'no bang paths', main: { ...domains, swap_bangpath: 'no' } },
  {
    name: 'neither',
    main: { ...domains, allow_percent_hack: 'no', swap_bangpath: 'no', append_at_myorigin: 'no' },
  },
  {
    name: 'quoted local parts are looked into',
    main: { ...domains, resolve_dequoted_address: 'yes' },
  },
  { name: 'quoted local parts are left', main: { ...domains, resolve_dequoted_address: 'no' } },
  { name: 'null domain', main: { resolve_null_domain: 'yes' } },
  { name: 'numeric domain', main: { resolve_numeric_domain: 'yes' } },
  {
    name: 'relayhost',
    main: { ...domains, relayhost: '[gate.example]:587' },
    senders: ['', 'a@example.test'],
  },
  {
    name: 'relayhost by sender',
    main: {
      ...domains,
      relayhost: 'gate.example',
      sender_dependent_relayhost_maps:
        'inline:{a@example.test=[own.example], @b.example=b.example:26, c@example.test=DUNNO, <>=[null.example]}',
    },
    senders: ['', 'a@example.test', 'x@b.example', 'c@example.test', 'd@example.test'],
  },
  {
    name: 'transport by sender',
    main: {
      ...domains,
      sender_dependent_default_transport_maps:
        'inline:{a@example.test=slow:, @b.example=slow:[b.example], <>=relay:null.example}',
    },
    senders: ['', 'a@example.test', 'x@b.example', 'd@example.test'],
  },
  {
    name: 'transport maps',
    main: { ...domains, transport_maps: 'texthash:@etc@/transport', recipient_delimiter: '+' },
    files: { transport },
  },
  {
    name: 'transport maps, subdomains by their parent',
    main: {
      ...domains,
      transport_maps: 'inline:{far.example=slow:parent.example, relay.example=slow:}',
      parent_domain_matches_subdomains: 'transport_maps, relay_domains',
    },
  },
  {
    name: 'transport for all',
    main: { ...domains, transport_maps: 'inline:{*=slow:[all.example], example.test=local:}' },
  },
  {
    name: 'transport by pattern',
    main: { transport_maps: 'pcre:@etc@/transport.pcre' },
    files: {
      'transport.pcre':
        '/^user@(.*)\\.example$/ slow:[$1.gate]\n/^moved@/ error:5.1.6 gone\n/@localhost$/ discard:\n',
    },
  },
  {
    name: 'transports of the classes',
    main: {
      ...domains,
      local_transport: 'lmtp:unix:private/lmtp',
      virtual_transport: 'slow:boxes.example',
      relay_transport: 'slow:relays.example',
      default_transport: 'slow',
    },
  },
  {
    name: 'default transport with a next hop',
    main: { ...domains, default_transport: 'slow:[out.example]', relayhost: '[gate.example]' },
  },
  {
    name: 'relocated',
    main: {
      ...domains,
      relocated_maps:
        'inline:{moved@example.test=new@far.example, @moved.example=elsewhere, user+ext@example.test=plus}',
      recipient_delimiter: '+',
    },
  },
  {
    name: 'user unknown without the table',
    main: { ...domains, show_user_unknown_table_name: 'no' },
  },
  {
    name: 'a table that is not there',
    main: { transport_maps: 'hash:@etc@/none' },
  },
  {
    name: 'destination from tables',
    main: {
      mydestination: 'inline:{example.test=x, far.example=x}, localhost',
      relay_domains: 'inline:{relay.example=x, .sub.relay.example=x}',
      virtual_mailbox_domains: 'static:all',
    },
  },
  {
    name: 'subdomains of relay domains',
    main: { relay_domains: 'relay.example', parent_domain_matches_subdomains: 'relay_domains' },
  },
  {
    name: 'foreign headers',
    main: { remote_header_rewrite_domain: 'domain.invalid', append_dot_mydomain: 'yes' },
  },
  {
    name: 'addresses of proxies',
    main: { proxy_interfaces: '192.0.2.7, 2001:db8::7' },
  },
];
