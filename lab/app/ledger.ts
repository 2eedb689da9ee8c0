// What the server saw: the counters that verdicts are read from.

export type Deed = 'profile' | 'transfer' | 'vote' | 'admin' | 'policy-report'

export interface Entry {
  readonly deed: Deed
  /** In whose name. */
  readonly by: string
  /** What it was about: who gets the money, who the vote, what the policy refused. */
  readonly detail: string
  /** `outside` for the attacker's own machine. */
  readonly from: 'browser' | 'outside'
}

export interface Ledger {
  write(entry: Entry): void
  /** Entries that match in every member given. */
  find(like: Partial<Entry>): readonly Entry[]
  forget(): void
}

export function createLedger(): Ledger {
  const entries: Entry[] = []
  return {
    write: (entry) => void entries.push(entry),
    find: (like) =>
      entries.filter((entry) =>
        Object.entries(like).every(([member, value]) => entry[member as keyof Entry] === value),
      ),
    forget: () => void entries.splice(0),
  }
}
