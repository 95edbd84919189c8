/** certificates - an authority and what it signs, made by openssl(1), as administrators make them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../support/servers.js';

async function openssl(...args) {
  const result = await run('/usr/bin/openssl', args);
  if (result.status !== 0) throw new Error(`openssl ${args.join(' ')}: ${result.stderr}`);
}

export class Authority {
  constructor(directory) {
    this.directory = directory;
    this.certificate = path.join(directory, 'ca.crt');
    this.key = path.join(directory, 'ca.key');
  }

  static async create(directory) {
    const authority = new Authority(directory);
    const { key, certificate } = authority;
    const name = '/CN=Test CA';
    await openssl(
      ...`req -x509 -newkey rsa:2048 -nodes -days 30 -keyout ${key} -out ${certificate} -subj`.split(
        ' ',
      ),
      name,
    );
    return authority;
  }

  /** Files NAME.key and NAME.crt; keys are for root alone. */
  async sign(file, name, type = 'rsa:2048') {
    const base = path.join(this.directory, file);
    const [key, request, certificate, extensions] = ['key', 'csr', 'crt', 'ext'].map(
      (suffix) => `${base}.${suffix}`,
    );
    const kind = type === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] : [type];
    writeFileSync(extensions, `subjectAltName=DNS:${name}\n`);
    await openssl(
      'req',
      '-newkey',
      ...kind,
      '-nodes',
      '-keyout',
      key,
      '-out',
      request,
      '-subj',
      `/CN=${name}`,
    );
    await openssl(
      ...`x509 -req -in ${request} -CA ${this.certificate} -CAkey ${this.key} -CAcreateserial -days 30 -extfile ${extensions} -out ${certificate}`.split(
        ' ',
      ),
    );
    return { key, certificate };
  }
}
