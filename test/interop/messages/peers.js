/** peers - the scripted next hops of the messages. */

/** name of next hop -> what it does; each gets a port of its own. */
export const peers = {
  'ok.example': {},
  'old.example': { offer: ['HELP'] },
  'helo.example': { EHLO: '502 5.5.2 what' },
  'refuse.example': { RCPT: '550 5.1.1 no such user here' },
  'nomail.test': { MAIL: '553 5.1.8 sender not wanted' },
  'nodata.example': { DATA: '554 5.5.1 no data today' },
  'nodot.example': { '.': '554 5.7.1 content refused' },
  'half.example': { RCPT: ['250 2.1.5 ok', '550 5.1.1 unknown', '250 ok', '550 5.1.1 unknown'] },
  'later.example': { RCPT: '450 4.2.0 try later' },
  'closed.example': { connect: '554 5.3.2 no service' },
  'busy.example': { connect: '421 4.3.2 too busy' },
  'small.example': { offer: ['PIPELINING', 'SIZE 1000', 'ENHANCEDSTATUSCODES'] },
  'nodsn.example': { offer: ['PIPELINING', '8BITMIME'] },
  'lines.example': { RCPT: '550-5.1.1 first line\r\n550 5.1.1 second line' },
  'nocode.example': { RCPT: '550 no such user' },
  'mixed.example': { RCPT: '550 4.1.1 a temporary code' },
  'mail4.example': { MAIL: '451 4.1.8 come back' },
  'data4.example': { DATA: '451 4.3.0 come back' },
  'dot4.example': { '.': '451 4.3.0 come back' },
  'rcpt421.example': { RCPT: '421 4.7.0 go away' },
  'dot421.example': { '.': '421 4.3.2 go away' },
  'no8.example': { offer: ['PIPELINING', 'DSN'] },
};
export const firstPeerPort = 2700;

/** Where the peer of that name listens. */
export const peerAt = (name) => `[127.0.0.1]:${firstPeerPort + Object.keys(peers).indexOf(name)}`;
