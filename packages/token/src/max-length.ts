// How long a token may be.

/** Longer tokens do not fit into the headers that servers accept, so they are refused before any work. */
export const MAX_LENGTH = 8192
