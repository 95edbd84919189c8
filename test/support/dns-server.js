/**
 * dns-server - the names of the tests, answered on loopback by a thread of its own.
 *
 * The zone is a small table; what is not in it does not exist (NXDOMAIN), except names below
 * `servfail.test`, whose lookups fail.
 */
import dgram from 'node:dgram';
import net from 'node:net';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import packet from 'dns-packet';
import { nameServer } from './isolation.js';

/** Starts the server; resolves when it answers. */
export async function startDns(zone = defaultZone) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { zone } });
  worker.unref();
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { stop: () => worker.terminate() };
}

const a = (data) => ({ type: 'A', data });
const mx = (exchange, preference = 10) => ({ type: 'MX', data: { exchange, preference } });

export const defaultZone = {
  'sender.example': [a('192.0.2.25'), mx('mail.sender.example')],
  'mail.sender.example': [a('192.0.2.25')],
  'nomail.example': [mx('', 0)],
  'good.example': [mx('mx.good.example')],
  'mx.good.example': [a('127.0.0.9')],
  'aonly.example': [a('127.0.0.9')],
  'two.example': [mx('mx-dead.example', 10), mx('mx.good.example', 20)],
  'mx-dead.example': [a('127.0.0.10')],
  'self.example': [mx('mail.example.test', 10), mx('mx.good.example', 20)],
  'mail.example.test': [a('127.0.0.1')],
  'backup.example': [mx('mx.good.example', 10), mx('mail.example.test', 20)],
  'backup-by-name.example': [mx('mx.good.example', 10), mx('example.test', 20)],
  'backup-of-two.example': [
    mx('mx.good.example', 10),
    mx('mx-other.example', 10),
    mx('mail.example.test', 20),
  ],
  'backup-lost.example': [mx('mx.servfail.test', 10), mx('mail.example.test', 20)],
  'backup-gone.example': [mx('nowhere.example', 10), mx('mail.example.test', 20)],
  'mx-other.example': [a('192.0.2.77')],
  'noaddress.example': [mx('nowhere.example')],
  'client.example.test': [a('127.0.0.4')],
  '4.0.0.127.in-addr.arpa': [{ type: 'PTR', data: 'client.example.test' }],
  '5.0.0.127.in-addr.arpa': [{ type: 'PTR', data: 'liar.example.test' }],
  'liar.example.test': [a('192.0.2.66')],
  '6.0.0.127.in-addr.arpa': [{ type: 'PTR', data: 'gone.example.test' }],
  '4.0.0.127.bl.example.test': [a('127.0.0.2'), { type: 'TXT', data: 'listed, see http://bl/4' }],
  '7.0.0.127.range.example.test': [a('127.0.0.6')],
  '8.0.0.127.range.example.test': [a('127.0.0.4')],
  'badsender.example.rhsbl.example.test': [a('127.0.0.2')],
  'badrcpt.example.rhsbl.example.test': [a('127.0.0.2')],
  'bad.helo.example.rhsbl.example.test': [a('127.0.0.2')],
  'reason.example.rhsbl.example.test': [a('127.0.0.2'), { type: 'TXT', data: 'it is so; $sender' }],
};

function answer(query, zone) {
  const question = query.questions[0];
  const name = (question?.name ?? '').toLowerCase();
  const records = Object.hasOwn(zone, name) ? zone[name] : undefined;
  const broken = name === 'servfail.test' || name.endsWith('.servfail.test');
  const exists =
    records !== undefined || Object.keys(zone).some((other) => other.endsWith(`.${name}`));
  const code = broken ? 2 : exists ? 0 : 3;
  return {
    type: 'response',
    id: query.id,
    flags: (query.flags & packet.RECURSION_DESIRED) | packet.RECURSION_AVAILABLE | code,
    questions: query.questions,
    answers: (records ?? [])
      .filter((record) => record.type === question.type)
      .map((record) => ({ name: question.name, ttl: 60, class: 'IN', ...record })),
    additionals: query.additionals?.some(({ type }) => type === 'OPT')
      ? [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] }]
      : [],
  };
}

function serve({ zone }) {
  const udp = dgram.createSocket('udp4');
  udp.on('message', (bytes, peer) => {
    try {
      udp.send(packet.encode(answer(packet.decode(bytes), zone)), peer.port, peer.address);
    } catch {
      // not a query: no answer
    }
  });
  const tcp = net.createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const query = packet.streamDecode(received);
        received = received.subarray(2 + received.readUInt16BE(0));
        socket.write(packet.streamEncode(answer(query, zone)));
      }
    });
  });
  udp.bind(53, nameServer, () => tcp.listen(53, nameServer, () => parentPort.postMessage('ready')));
}

if (!isMainThread && workerData?.zone !== undefined) serve(workerData);
