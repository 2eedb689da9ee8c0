// What stands behind `npm run lab --`.
import { parseArgs } from 'node:util'

export interface LabArguments {
  /** Attacks by name; several with commas. */
  readonly only: readonly string[] | undefined
  /** Targets by name; several with commas. */
  readonly target: readonly string[] | undefined
  /** Each attack once against Hallpass as it comes, and against its control where it does not work on Hallpass. */
  readonly fast: boolean
  /** What `npm test` measures. */
  readonly check: boolean
  /** Only cells that the results do not have yet, or where the lab itself broke; written into them. */
  readonly missing: boolean
  readonly json: boolean
  /** Writes the cells of a part into the results, beside those that are there. */
  readonly merge: boolean
  readonly serve: boolean
  readonly browser: string
  /** How many cells run at once, each with a browser of its own. */
  readonly lanes: number
}

/** @throws TypeError for an argument there is not */
export function parseArguments(args: readonly string[]): LabArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      target: { type: 'string' },
      fast: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      merge: { type: 'boolean', default: false },
      missing: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      serve: { type: 'boolean', default: false },
      browser: { type: 'string', default: 'chromium' },
      lanes: { type: 'string', default: '3' },
    },
  })
  return {
    ...values,
    only: values.only?.split(','),
    target: values.target?.split(','),
    lanes: Math.max(1, Number.parseInt(values.lanes, 10) || 3),
  }
}
