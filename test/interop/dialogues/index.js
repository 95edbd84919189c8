/** index - every variant of settings with its dialogues. */
import basic from './basic.js';
import features from './features.js';
import lists from './lists.js';
import limits from './limits.js';
import relaying from './relaying.js';
import restrictions from './restrictions.js';
import parameters from './parameters.js';
import verify from './verify.js';

export const variants = [
  ...basic,
  ...relaying,
  ...limits,
  ...restrictions,
  ...features,
  ...verify,
  ...lists,
  ...parameters,
];
