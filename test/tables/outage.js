/**
 * outage - mail flows through tables of a database that is stopped and started again meanwhile.
 *
 * Clients send all the time, and try again what is answered with 4xx; local users submit, too. Each message must arrive
 * exactly once, none may be refused or bounced.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, messagesIn, until } from '../peers/steps.js';
import { content, speak } from '../support/dialogue.js';
import { startPeer } from '../support/peer.js';
import { accountId, run } from '../support/servers.js';
import { users } from './entries.js';

const total = 60;

export async function runOutage(backEnd, { base, instance }) {
  const peer = await startPeer(2600);
  try {
    return await story(backEnd, { base, instance, peer });
  } finally {
    peer.stop();
  }
}

async function story(backEnd, { base, instance, peer }) {
  await configure(backEnd, instance);
  await instance.start();
  const refused = await submit(instance, 'nobody@virt.test', 'unknown');
  expect(/^550 5\.1\.1 /.test(refused), `an unknown user: ${refused}`);

  const outcome = { deferred: 0, refused: [] };
  let isStopped = false;
  const recipient = (at) =>
    at % 5 === 4 ? `peer${at}@relayed.test` : at % 2 === 0 ? `user${at % users}@virt.test` : `also${at % users}@virt.test`;
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
  const sending = Promise.all([sender(0, 2), sender(1, 2)]);

  await sleep(1200);
  await backEnd.stop();
  isStopped = true;
  const queued = [];
  for (let at = 0; at < 5; at += 1) {
    queued.push(`queued-${at}-`);
    const result = await run(instance.driver.command('sendmail'), ['-C', instance.etc, '-f', 'kenji@example.test', `user${at % users}@virt.test`], {
      input: `Subject: queued-${at}-\n\nhello\n`,
      env: { MAIL_CONFIG: instance.etc },
    });
    expect(result.status === 0, `sendmail: ${result.stderr}`);
    await sleep(300);
  }
  await sleep(1500);
  const during = instance.log();
  await backEnd.start();
  isStopped = false;
  await sending;
  expect(!isStopped, 'started');
  expect(outcome.refused.length === 0, `refused: ${outcome.refused.join('; ')}`);
  expect(outcome.deferred > 0, 'nothing was answered 4xx while the server was down');

  const wanted = [...Array.from({ length: total }, (_, at) => `number-${at}-`), ...queued];
  const arrivedAll = () => [
    ...Array.from({ length: users }, (_, at) => messagesIn(path.join(base, `mail/virt/user${at}`))).flat(),
    ...heard.push(...peer.take()) && [],
    ...heard.flat().filter((text) => text.startsWith('(content)')),
  ];
  const heard = [];
  await until(
    () => arrivedAll().length >= wanted.length && queueIsEmpty(instance),
    () => `${arrivedAll().length} of ${wanted.length} arrived`,
    40,
  );
  const texts = arrivedAll();
  for (const word of wanted) {
    const count = texts.filter((text) => text.includes(`Subject: ${word}`)).length;
    expect(count === 1, `${word} arrived ${count} times`);
  }
  const log = instance.log();
  expect(!/status=bounced/.test(log), 'a message bounced');
  expect(/warning: .*(?:pgsql|mysql|ldap|sqlite|memcache)/.test(during), 'the log does not name the table in trouble');
  const inQueue = queued.length;
  return `${total} messages sent, ${outcome.deferred} times 4xx while it was down, ${inQueue} queued meanwhile, none refused, each of ${wanted.length} delivered once`;
}

function queueIsEmpty(instance) {
  const ids = new Set(instance.log().match(/(?<=cleanup\[\d+\]: )[0-9A-Za-z]+(?=: message-id=)/g));
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
    const bad = replies.find((reply) => /^[45]/.test(reply) && !/^503 |^554 5\.5\.1/.test(reply));
    return bad ?? replies.at(-2);
  } catch (error) {
    return `421 ${error.message}`;
  }
}

async function configure(backEnd, instance) {
  const { uid } = accountId('oyaji');
  const table = (kind, proxy = '') => `${proxy}${backEnd.type}:@etc@/${kind}.cf`;
  const more = { retry_interval: '1' };
  await instance.configure({
    main: {
      virtual_mailbox_domains: table('domain', 'proxy:'),
      virtual_mailbox_maps: table('mailbox'),
      virtual_mailbox_base: '@base@/mail',
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
      ['domain', 'mailbox', 'alias', 'transport'].map((kind) => [`${kind}.cf`, backEnd.client(kind, more)]),
    ),
  });
  // Passwords are for root only: master hands the files to the workers.
  for (const name of readdirSync(instance.etc).filter((name) => name.endsWith('.cf')))
    if (!['main.cf', 'master.cf'].includes(name)) chmodSync(path.join(instance.etc, name), 0o600);
  const mail = path.join(instance.base, 'mail');
  if (!existsSync(mail)) await run('install', ['-d', '-o', `${uid}`, '-m', '755', mail]);
}
