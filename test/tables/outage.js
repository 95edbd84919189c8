/**
 * outage - mail flows through tables of a database that is stopped and started again meanwhile.
 *
 * Clients send all the time, and try again what is answered with 4xx; local users submit, too. Each message must arrive
 * exactly once, none may be refused or bounced.
 */
import { chmodSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, messagesIn, until } from '../peers/steps.js';
import { content, speak } from '../support/dialogue.js';
import { startPeer } from '../support/peer.js';
import { accountId, run } from '../support/servers.js';
import { users } from './entries.js';

const total = 60;

export async function runOutage(backEnd, { base, instance }) {
  const mail = path.join(base, `mail-${backEnd.type}`);
  await configure(backEnd, instance, mail);
  await instance.start();
  const peers = [];
  try {
    return await story(backEnd, {
      mail,
      instance,
      startNextHop: async () => peers.push(await startPeer(2600)),
      peers,
    });
  } finally {
    for (const peer of peers) peer.stop();
  }
}

async function story(backEnd, { mail, instance, startNextHop, peers }) {
  const refused = await submit(instance, 'nobody@virt.test', 'unknown');
  expect(/^550 5\.1\.1 /.test(refused), `an unknown user: ${refused}`);

  const outcome = { deferred: 0, refused: [] };
  const recipient = (at) =>
    at % 5 === 4
      ? `peer${at}@relayed.test`
      : at % 2 === 0
        ? `user${at % users}@virt.test`
        : `also${at % users}@virt.test`;
  const sender = async (from, step) => {
    for (let at = from; at < total; at += step) {
      for (let tries = 0; ; tries += 1) {
        const reply = await submit(instance, recipient(at), `number-${at}-`);
        if (reply.startsWith('250 ')) break;
        if (!reply.startsWith('4')) {
          outcome.refused.push(reply);
          break;
        }
        expect(tries < 200, `still not taken: ${reply}`);
        outcome.deferred += 1;
        await sleep(300);
      }
      await sleep(at < 15 ? 20 : 120);
    }
  };
  // The next hop is not there yet: these wait in the queue when the database goes.
  const waiting = ['waiting-0-', 'waiting-1-', 'waiting-2-'];
  for (const word of waiting) await submit(instance, 'early@relayed.test', word);
  const sending = Promise.all([sender(0, 2), sender(1, 2)]);

  await sleep(1200);
  await backEnd.stop();
  const stoppedAt = instance.logSize();
  const queued = [];
  for (let at = 0; at < 5; at += 1) {
    queued.push(`queued-${at}-`);
    await submitLocally(instance, `user${at % users}@virt.test`, `queued-${at}-`);
    await sleep(300);
  }
  await sleep(2500);
  const during = instance.logFrom(stoppedAt);
  await startNextHop();
  await backEnd.start();
  await sleep(1200);
  queued.push('queued-last-'); // pickup looks at what is left in the maildrop, too
  await submitLocally(instance, 'user0@virt.test', 'queued-last-');
  await sending;
  expect(outcome.refused.length === 0, `refused: ${outcome.refused.join('; ')}`);
  expect(outcome.deferred > 0, 'nothing was answered 4xx while the server was down');

  const wanted = [
    ...Array.from({ length: total }, (_, at) => `number-${at}-`),
    ...queued,
    ...waiting,
  ];
  const sessions = []; // of the next hop; they grow after they are taken
  const arrivedAll = () => {
    for (const peer of peers) sessions.push(...peer.take());
    const boxes = Array.from({ length: users }, (_, at) =>
      messagesIn(path.join(mail, `virt/user${at}`)),
    );
    return [...boxes.flat(), ...sessions.flat().filter((text) => text.startsWith('(content)'))];
  };
  await until(
    () => arrivedAll().length >= wanted.length && queueIsEmpty(instance),
    () => `${arrivedAll().length} of ${wanted.length} arrived`,
    130, // pickup tries a file again after some 60 seconds
  );
  const texts = arrivedAll();
  for (const word of wanted) {
    const count = texts.filter((text) => text.includes(`Subject: ${word}`)).length;
    expect(count === 1, `${word} arrived ${count} times`);
  }
  expect(
    !/status=bounced|: reject: .*: 5\d\d /.test(instance.logFrom(stoppedAt)),
    'refused or bounced',
  );
  expect(
    new RegExp(`warning: .*${backEnd.type}`).test(during),
    `the log does not name the table in trouble:\n${during}`,
  );
  return (
    `${total} messages sent, ${outcome.deferred} times 4xx while it was down, ${waiting.length} in the queue, ` +
    `${queued.length} from local users, none refused, each of ${wanted.length} delivered once`
  );
}

async function submitLocally(instance, to, subject) {
  const args = ['-C', instance.etc, '-f', 'kenji@example.test', to];
  const result = await run(instance.driver.command('sendmail'), args, {
    input: `Subject: ${subject}\n\nhello\n`,
    env: { MAIL_CONFIG: instance.etc },
  });
  expect(result.status === 0, `sendmail: ${result.stderr}`);
}

function queueIsEmpty(instance) {
  // What qmgr has seen: cleanup also gives ids to messages that it then does not take.
  const ids = new Set(instance.log().match(/(?<=qmgr\[\d+\]: )[0-9A-Za-z]+(?=: from=)/g));
  const removed = new Set(instance.log().match(/(?<=qmgr\[\d+\]: )[0-9A-Za-z]+(?=: removed)/g));
  return [...ids].every((id) => removed.has(id));
}

async function submit(instance, to, subject) {
  try {
    const transcript = await speak(instance.port, [
      'EHLO client.example',
      'MAIL FROM:<kenji@example.test>',
      `RCPT TO:<${to}>`,
      'DATA',
      content(`From: kenji@example.test\nSubject: ${subject}\n\nhello\n`),
      'QUIT',
    ]);
    const replies = transcript.map((step) => step.replies?.[0] ?? '');
    if (replies.includes('(no reply)')) throw new Error(`no reply: ${JSON.stringify(replies)}`);
    const bad = replies.find((reply) => /^[45]/.test(reply) && !/^503 |^554 5\.5\.1/.test(reply));
    return bad ?? replies.at(-2);
  } catch (error) {
    if (error.message.startsWith('no reply')) throw error; // it may have been taken
    return `421 ${error.message}`;
  }
}

async function configure(backEnd, instance, mail) {
  const { uid } = accountId('oyaji');
  const table = (kind, proxy = '') => `${proxy}${backEnd.type}:@etc@/${kind}.cf`;
  const more = { retry_interval: '1' };
  await instance.configure({
    main: {
      virtual_mailbox_domains: table('domain', 'proxy:'),
      virtual_mailbox_maps: table('mailbox'),
      virtual_mailbox_base: mail,
      virtual_uid_maps: `static:${uid}`,
      virtual_gid_maps: `static:${uid}`,
      virtual_alias_maps: table('alias'),
      transport_maps: table('transport'),
      relay_domains: 'relayed.test',
      minimal_backoff_time: '2s',
      maximal_backoff_time: '3s',
      queue_run_delay: '2s',
      transport_retry_time: '2s',
      smtpd_error_sleep_time: '0',
    },
    files: Object.fromEntries(
      ['domain', 'mailbox', 'alias', 'transport'].map((kind) => [
        `${kind}.cf`,
        backEnd.client(kind, more),
      ]),
    ),
  });
  // Passwords are for root only: master hands the files to the workers.
  for (const name of readdirSync(instance.etc).filter((name) => name.endsWith('.cf')))
    if (!['main.cf', 'master.cf'].includes(name)) chmodSync(path.join(instance.etc, name), 0o600);
  await run('install', ['-d', '-o', `${uid}`, '-m', '755', mail]);
}
