// Durations as people write them: a number and a unit, '15m', '7d'.

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Reads a duration.
 *
 * @param text a whole number and one of s, m, h, d: `'30s'`, `'15m'`, `'12h'`, `'7d'`
 * @param option the name of the option, for the sentence of the error
 * @returns milliseconds
 * @throws TypeError when it is not a duration above zero
 */
export function milliseconds(text: string, option: string): number {
  const match = /^([1-9]\d{0,6})([smhd])$/.exec(text)
  const unit = UNITS[match?.[2] ?? '']
  if (match === null || unit === undefined) {
    throw new TypeError(
      `${option} must be a whole number with a unit, like '30s', '15m', '12h' or '7d'; got ${JSON.stringify(text)}`,
    )
  }
  return Number(match[1]) * unit
}
