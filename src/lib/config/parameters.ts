/** config/parameters - the one table of all main.cf parameters; a row a parameter. */
import { allParameters } from './parameter/all.js';

export const parameters = { ...allParameters };

export type Parameters = typeof parameters;
export type ParameterName = keyof Parameters;
