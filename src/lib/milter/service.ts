/** milter/service - the mail filters of a master.cf line: made from settings once, opened for each client. */
import type { Settings } from '../config/settings.js';
import type { Log } from '../log/log.js';
import type { Clock } from '../sys/clock.js';
import { macroDefaults, macroNames, type MacroValue } from './macros.js';
import { MilterSession } from './session.js';
import { type BadMilter, type MilterSpec, parseMilters } from './spec.js';

export interface MilterServiceParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  /** As this process reaches it. */
  readonly queueDirectory: string;
}

export interface MilterService {
  /** @param list instead of the list of the service (smtpd_milter_maps) */
  open(value: MacroValue, list?: string): MilterSession;
}

/** @param list smtpd_milters or non_smtpd_milters */
export function createMilterService(list: string, parts: MilterServiceParts): MilterService {
  const { settings, log, clock, queueDirectory } = parts;
  const names = macroNames(settings);
  const defaults = macroDefaults(settings);
  const parse = (text: string): (MilterSpec | BadMilter)[] =>
    parseMilters(text, settings, queueDirectory);
  const specs = parse(list);
  for (const spec of specs)
    if ('problem' in spec) log.warning(`milter ${spec.name}: ${spec.problem}`);
  return {
    open(value, own) {
      const chosen = own === undefined ? specs : parse(own);
      return new MilterSession(chosen, { log, clock, names, defaults, value });
    },
  };
}
