// Medians and paired ratios: contenders of one round met the same noise, so they are compared round by round.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** The median of the rounds' ratios and its 95 % interval. */
export function pairedRatio(
  ours: readonly number[],
  theirs: readonly number[],
): { readonly ratio: number; readonly interval: readonly [number, number] } {
  const ratios = ours.map((value, round) => value / (theirs[round] ?? NaN))
  return { ratio: median(ratios), interval: intervalOf(ratios) }
}

/** The median of the rounds' differences and its 95 % interval. */
export function pairedDifference(
  ours: readonly number[],
  theirs: readonly number[],
): { readonly above: number; readonly aboveInterval: readonly [number, number] } {
  const differences = ours.map((value, round) => value - (theirs[round] ?? NaN))
  return { above: median(differences), aboveInterval: intervalOf(differences) }
}

/** The 95 % interval of a median, by resampling the rounds (bootstrap, a fixed seed). */
function intervalOf(values: readonly number[]): readonly [number, number] {
  let seed = 12345
  const random = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32
  const medians = Array.from({ length: 1000 }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? NaN)),
  ).toSorted((a, b) => a - b)
  return [medians[25] ?? NaN, medians[974] ?? NaN]
}
