import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfiguration } from './load.js';

test('$process_name is the program of the master.cf line, $process_id the number of this process', () => {
  const configuration = loadConfiguration('/etc/none', {
    main: 'smtpd_banner = $process_name $process_id $service_name\n',
    master:
      'smtp inet n - n - - smtpd\n2525 inet n - n - - smtpd\n -o smtpd_banner=own-$process_name\n',
  });
  const banners = configuration.services.map(
    (service) => configuration.settingsFor(service).smtpd_banner,
  );
  assert.deepEqual(banners, [`smtpd ${process.pid} smtp`, 'own-smtpd']);
});
