// Options are read once, when something is made: a name that does not exist is a mistake that would otherwise weaken a check.

/**
 * Refuses options nobody reads.
 *
 * @throws TypeError
 */
export function refuseUnknown(options: unknown, known: readonly string[], who: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${who} needs its options: { ${known.join(', ')} }`)
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${who} has no option ${name}: it has ${known.join(', ')}`)
  }
}
