// What the doctor sees in the store: its clock, its durability, the keys and the secrets.
import type { KeyInfo, Operator } from '@hallpass/server'
import { moment } from '../operator.ts'
import { bad, good, warning, type Finding } from './finding.ts'

const DAY = 86_400_000
/** Guards tolerate five seconds. */
const CLOCK_LIMIT = 2_000
/** The server's default, and a month of patience. */
const OLD_KEY = 120 * DAY

/** What the doctor asks the store. */
type Asked = Pick<Operator, 'clockOffset' | 'databaseSettings' | 'secrets' | 'recoveringUntil'> & {
  readonly keys: Pick<Operator['keys'], 'list'>
}

export async function storeFindings(operator: Asked, now: number): Promise<readonly Finding[]> {
  return [
    clock(await operator.clockOffset()),
    ...durability(await operator.databaseSettings()),
    ...keys(await operator.keys.list(), now),
    secrets(await operator.secrets()),
    ...recovery(await operator.recoveringUntil()),
  ]
}

function clock(offset: number): Finding {
  if (Math.abs(offset) <= CLOCK_LIMIT) return good('clock', `agrees with the database's, within ${Math.abs(offset)} ms`)
  const words = `${Math.abs(offset)} ms ${offset > 0 ? 'ahead of' : 'behind'} the database's`
  const advice = 'run a time service (chrony, systemd-timesyncd) on both machines: passes carry times'
  return Math.abs(offset) > 5_000 ? bad('clock', words, advice) : warning('clock', words, advice)
}

function durability(settings: Readonly<Record<string, string>>): readonly Finding[] {
  const about = 'database'
  if (settings['journal_mode'] !== undefined) {
    const { journal_mode: journal, synchronous } = settings
    return journal === 'wal' && synchronous === 'full'
      ? [good(about, 'SQLite, WAL with synchronous=FULL: what was acknowledged is on the disk')]
      : [bad(about, `SQLite with journal_mode=${journal}, synchronous=${synchronous}`, 'do not change these pragmas')]
  }
  const off = ['fsync', 'full_page_writes', 'synchronous_commit'].filter((name) => settings[name] === 'off')
  const first =
    off.length === 0
      ? good(about, `PostgreSQL ${settings['server_version']}: what was acknowledged is on its disk`)
      : bad(
          about,
          `PostgreSQL with ${off.join(' and ')} off: a sign-out that was acknowledged can be lost with the power`,
          `set ${off.join(', ')} to on`,
        )
  const standby =
    settings['synchronous_standby_names'] === ''
      ? warning(
          about,
          'no standby confirms writes: if you fail over to a replica, the last moments are lost (sessions are healed, sign-outs of ' +
            'those moments come back to life)',
          'set synchronous_standby_names when you have a replica to fail over to (docs/scale.md)',
        )
      : good(about, `standbys confirm writes: ${settings['synchronous_standby_names']}`)
  return [first, standby]
}

function recovery(until: number | undefined): readonly Finding[] {
  if (until === undefined) return []
  const words = `sessions are healed however far they lie behind, until ${moment(until)} (\`hallpass recover\`)`
  return [warning('recovery', words, 'fine after a restore; `hallpass recover off` ends it')]
}

function keys(list: readonly KeyInfo[], now: number): readonly Finding[] {
  const signing = list.find(({ state }) => state === 'signing')
  if (signing === undefined) return [bad('keys', 'no key signs', 'run `hallpass keys rotate`')]
  const age = now - signing.signsFrom
  const words = `${signing.kid} (${signing.algorithm}) signs since ${moment(signing.signsFrom)}`
  return [
    age > OLD_KEY
      ? warning(
          'keys',
          `${words}, ${Math.floor(age / DAY)} days`,
          'a running server changes it by itself; or run `hallpass keys rotate`',
        )
      : good('keys', words),
  ]
}

function secrets({ seen, loaded }: { readonly seen: readonly string[]; readonly loaded: readonly string[] }): Finding {
  const others = seen.filter((fingerprint) => !loaded.includes(fingerprint))
  if (others.length === 0) return good('secret', `${loaded.length} loaded, and no other was ever used`)
  return warning(
    'secret',
    `${loaded.length} loaded; ${others.length} that this store has seen are not: ${others.join(', ')}`,
    'fine when they were given up more than a week ago; until then their sessions answer 503 here: load them behind the first',
  )
}
