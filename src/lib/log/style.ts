/** log/style - how the log of a program writes addresses and delays, by its settings. */
import { quoteAddress } from '../protocol/address/quote.js';
import type { LogStyle } from './log.js';

export interface StyleSettings {
  readonly info_log_address_format: string;
  readonly delay_logging_resolution_limit: number;
}

export function logStyle(settings: StyleSettings): LogStyle {
  const isInternal = settings.info_log_address_format.toLowerCase() === 'internal';
  return {
    address: isInternal ? (internal) => internal : quoteAddress,
    delayDigits: settings.delay_logging_resolution_limit,
  };
}
