// What an attack is: who threatens what with which means, the steps in a real browser, and a verdict that the outside gives.
import type { Target, TargetName } from './targets/target.ts'
import type { Scene, Somebody } from './scene.ts'
import type { Payload } from './world/payload.ts'

export type Outcome = 'stopped' | 'succeeded' | 'not-run'

export interface Verdict {
  readonly outcome: Outcome
  /** One line: what the outside saw. */
  readonly evidence: string
  /** How long what was gained keeps working, in seconds of the server's clock; null where nothing was gained or nothing lasts. */
  readonly seconds: number | null
}

export type Group = 'script, late' | 'script, early' | 'other sites' | 'copied secret' | 'the person'

export const groups: Readonly<Record<Group, string>> = {
  'script, late': 'A script is injected into the page after it has started',
  'script, early': 'A dependency is malicious: its script runs before the application’s',
  'other sites': 'Another site, or a sibling host of the same domain',
  'copied secret': 'A secret was copied to another machine',
  'the person': 'What happens to the person: here "succeeded" means that something went wrong',
}

export interface Attack {
  readonly name: string
  readonly group: Group
  readonly title: string
  /** For a beginner: what happens, why it worked where it worked, and what stops it. */
  readonly what: string
  readonly why: string
  readonly stops: string
  /** The target that shows that the attack works at all. */
  readonly control: TargetName
  /** The injected script, where the attack is one: before the application's own, or afterwards. */
  readonly script?: {
    readonly when: 'early' | 'late'
    readonly payload: Payload
    /** What it knows beside who the attacker is and where the worker's file lies. */
    readonly params?: Readonly<Record<string, string>>
  }
  /** The attacker's page, where the attack is one, on another site or on a sibling host. */
  readonly lure?: (site: 'evil' | 'sibling', app: string, attacker: Somebody) => string
  /** Where it is expected to succeed; everywhere else it is expected to be stopped. */
  readonly succeedsOn: readonly TargetName[]
  /** Why there is nothing to attack in this target, if so. */
  readonly inapplicable?: (target: Target) => string | undefined
  /** Needs a browser profile that can be closed and opened again. */
  readonly profile?: true
  run(scene: Scene): Promise<Verdict>
}

/** What the attack's file says will come of it there, where it can be run. */
export function expectedOf({ succeedsOn }: Attack, { name, like }: Target): Outcome {
  return succeedsOn.includes(name) || (like !== undefined && succeedsOn.includes(like)) ? 'succeeded' : 'stopped'
}

export const succeeded = (evidence: string, seconds: number | null = null): Verdict => ({
  outcome: 'succeeded',
  evidence,
  seconds,
})
export const stopped = (evidence: string): Verdict => ({ outcome: 'stopped', evidence, seconds: null })

export interface Cell extends Verdict {
  readonly target: TargetName
  readonly attack: string
  readonly expected: Outcome
  /** The last commit that changed this target. */
  readonly commit: string
  /** When it was measured. */
  readonly date: string
}

export interface Results {
  readonly machine: string
  readonly browser: string
  /** Of the newest cell; each cell has its own. */
  readonly date: string
  readonly scale: string
  readonly cells: readonly Cell[]
}
