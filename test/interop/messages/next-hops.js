/** next-hops - relayhost, fallback relays, other transports. */
import { fromUser, plain, send } from './messages.js';
import { peerAt } from './peers.js';

const away = { 'x@elsewhere.example': send(['x@elsewhere.example'], plain, fromUser) };
const two = {
  'a message': { ...send(['x@elsewhere.example'], plain, fromUser), queue: true },
  'many recipients': send(
    ['zoe@b.example', 'b1@a.example', 'b10@a.example', 'B2@a.example', 'a@b.example'],
    plain,
    fromUser,
  ),
  'two domains': {
    ...send(['x@elsewhere.example', 'y@other.example'], plain, fromUser),
    queue: true,
  },
};

export const nextHops = [
  { name: 'relayhost', main: { relayhost: peerAt('ok.example') }, cases: two },
  { name: 'relayhost refuses', main: { relayhost: peerAt('refuse.example') }, cases: two },
  { name: 'relayhost waits', main: { relayhost: peerAt('later.example') }, cases: two },
  { name: 'relayhost is busy', main: { relayhost: peerAt('busy.example') }, cases: two },
  { name: 'relayhost is down', main: { relayhost: '[127.0.0.1]:2699' }, cases: two },
  { name: 'relayhost without name', main: { relayhost: '[nowhere.example]' }, cases: two },
  {
    name: 'fallback relay',
    main: { smtp_fallback_relay: peerAt('ok.example') },
    cases: {
      'the host is down': send(['x@down.example'], plain, fromUser),
      'the host is busy': send(['x@busy.example'], plain, fromUser),
      'the host defers': send(['x@later.example'], plain, fromUser),
      'the host refuses': send(['x@refuse.example'], plain, fromUser),
      'no such domain': send(['x@nowhere.invalid'], plain, fromUser),
      'a domain whose lookup fails': send(['x@servfail.test'], plain, fromUser),
      'a domain without mail': send(['x@nomail.example'], plain, fromUser),
      'an MX that is this host': send(['x@self.example'], plain, fromUser),
    },
  },
  {
    name: 'transports',
    main: {
      default_transport: `smtp:${peerAt('ok.example')}`,
      relay_domains: 'relay.example',
      relay_transport: `relay:${peerAt('nodsn.example')}`,
      sender_dependent_default_transport_maps: 'inline:{hanako@example.test=discard:gone}',
      sender_dependent_relayhost_maps: `inline:{taro@example.test=${peerAt('old.example')}}`,
      defer_transports: 'relay',
    },
    cases: {
      default_transport: away['x@elsewhere.example'],
      relay_transport: { ...send(['x@relay.example'], plain, fromUser), queue: true },
      'by the sender': send(['x@elsewhere.example'], plain, 'MAIL FROM:<hanako@example.test>'),
    },
  },
  {
    name: 'a transport that is not there',
    main: { default_transport: 'nosuch:x' },
    cases: { 'mail waits': { ...send(['x@elsewhere.example'], plain, fromUser), queue: true } },
  },
];
