/**
 * config/system-defaults - defaults that depend on the machine or the process; asked for when first read.
 *
 * Postfix: mail_params.c.
 */
import os from 'node:os';
import path from 'node:path';
import { networksOf, ownAddresses } from './own-networks.js';

/** What a default may look at: other parameters, expanded; undefined when main.cf leaves them alone. */
export interface KnownSettings {
  readonly value: (name: string) => string;
  readonly isSet: (name: string) => boolean;
}

const noDomain = 'localdomain';

/** The host's name, completed by a domain: $mydomain when it is set. */
function myhostname({ value, isSet }: KnownSettings): string {
  const name = os.hostname().toLowerCase().replace(/\.$/, '');
  if (name.includes('.')) return name;
  return `${name}.${isSet('mydomain') ? value('mydomain') : noDomain}`;
}

/** myhostname without its first part. */
function mydomain({ value, isSet }: KnownSettings): string {
  const host = isSet('myhostname') ? value('myhostname') : os.hostname().toLowerCase();
  const dot = host.indexOf('.');
  return dot < 0 ? noDomain : host.slice(dot + 1);
}

function mynetworks({ value }: KnownSettings): string {
  return networksOf(
    ownAddresses(value('inet_interfaces'), value('inet_protocols')),
    value('mynetworks_style'),
  );
}

/** `/…/bin/postconf`, `/…/dist/command/postconf/main.js`, `/…/dist/app/worker.js`. */
function programName(file: string): string {
  const name = path.basename(file, '.js');
  return name === 'main' ? path.basename(path.dirname(file)) : name;
}

export const systemDefaults: Readonly<
  Record<string, ((known: KnownSettings) => string) | undefined>
> = {
  myhostname,
  mydomain,
  mynetworks,
  process_id: () => String(process.pid),
  process_name: () => programName(process.argv[1] ?? 'hikyaku'),
};
