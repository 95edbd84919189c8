/** protocol/milter/protocol-error - a filter said something that the protocol does not have. */
export class MilterProtocolError extends Error {}
