/** settings - what most variants of the dialogues have in common. */

export const base = {
  local_transport: 'discard:',
  virtual_transport: 'discard:',
  relay_transport: 'discard:',
  default_transport: 'discard:',
  smtpd_error_sleep_time: '0',
  // Today's defaults, said to both: Debian's release has older ones.
  smtpd_forbid_unauth_pipelining: 'yes',
  smtpd_forbid_bare_newline: 'normalize',
  relay_domains: 'relay.test',
  relay_recipient_maps: 'texthash:@etc@/relay-recipients',
  virtual_alias_domains: 'valias.test',
  virtual_alias_maps: 'texthash:@etc@/virtual',
  virtual_mailbox_domains: 'vbox.test',
  virtual_mailbox_maps: 'texthash:@etc@/vbox',
};

export const files = {
  aliases: 'postmaster: oyaji\nsink: /dev/null\nlist: oyaji, hanako\nowner-list: taro\n',
  'relay-recipients': 'known@relay.test x\n',
  virtual:
    'info@valias.test oyaji\nsales@valias.test hanako, taro\n' +
    'loop@valias.test loop@valias.test\nmoved@example.test new@relay.test\n',
  vbox: 'box@vbox.test box/\n',
};

/** A variant: the common settings and its own. */
export const variant = (main = {}, more = {}) => ({
  main: { ...base, ...main },
  files: { ...files, ...more.files },
  postmap: more.postmap ?? [],
  ...(more.text === undefined ? {} : { text: more.text }),
});

export const hello = 'EHLO client.example';
export const outsider = { is: 'from', address: '127.0.0.2' };
export const mail = 'MAIL FROM:<a@sender.example>';
export const rcpt = 'RCPT TO:<oyaji@example.test>';
/** The start of most dialogues: greeting, hello, sender. */
export const opening = [hello, mail];
