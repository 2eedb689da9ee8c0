// The chain over the audit: each link is a keyed hash (HMAC-SHA-256) over the link before it and its own line, so that a line that was
// changed, taken out or slipped in is seen, also when it was done in the database itself: the key is not there.
import { createHmac } from 'node:crypto'
import type { OnEvent } from '../events.ts'
import type { Secret } from '../keys/secret.ts'
import type { AuditLine, Store } from '../store/store.ts'

const LABEL = 'audit-chain'
const EVERY = 2_000
const BATCH = 500

/** What is wrong with a link; the first that is wrong says where somebody was. */
export interface ChainFault {
  readonly position: number
  readonly auditId: number
  readonly fault: 'line_missing' | 'link_missing' | 'hash_differs'
}

export interface ChainReport {
  /** Links that were checked and are right. */
  readonly checked: number
  /** Links under a secret that is not loaded: neither right nor wrong. */
  readonly unknown: number
  /** The fingerprints of those secrets. */
  readonly missingSecrets: readonly string[]
  /** Lines that no link covers yet; more than a few are a fault of their own. */
  readonly unchained: number
  /** The last link: kept elsewhere, it shows later whether the end was cut off. */
  readonly head: { readonly position: number; readonly hash: string } | undefined
  readonly faults: readonly ChainFault[]
  /** Whether the head that was given is a link of this chain; undefined when none was given. */
  readonly headFound: boolean | undefined
}

/** Makes one link. */
export function linkWith(secret: Secret): (previous: string, line: AuditLine) => { key: string; hash: string } {
  const key = secret.derive(LABEL)
  return (previous, { id, at, event, subject, sessionId, address, detail }) => ({
    key: secret.fingerprint,
    hash: createHmac('sha256', key)
      .update(previous)
      .update(JSON.stringify([id, at, event, subject, sessionId, address, detail]))
      .digest('base64url'),
  })
}

/** Links what was written, every few seconds; any number of nodes may. */
export function createChainer(options: {
  readonly store: Pick<Store, 'chainAudit'>
  readonly secret: Secret
  readonly onEvent: OnEvent
}): { chain(): Promise<void>; close(): void } {
  const link = linkWith(options.secret)
  let busy = false
  const chain = async () => {
    if (busy) return
    busy = true
    try {
      while ((await options.store.chainAudit(link, BATCH)) === BATCH);
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => {
    chain().catch((error: unknown) => options.onEvent({ event: 'failed', error }))
  }, EVERY)
  timer.unref()
  return { chain, close: () => clearInterval(timer) }
}

/**
 * Checks the whole chain.
 *
 * @param head a hash that an earlier check printed
 */
export async function verifyChain(
  store: Pick<Store, 'auditChain' | 'unchainedAudit'>,
  secrets: readonly Secret[],
  head?: string,
): Promise<ChainReport> {
  const links = new Map(secrets.map((secret) => [secret.fingerprint, linkWith(secret)]))
  const missing = new Set<string>()
  const faults: ChainFault[] = []
  let [checked, unknown, position, previous, headFound] = [0, 0, 0, '', false]
  for (;;) {
    const rows = await store.auditChain({ after: position, limit: BATCH })
    for (const row of rows) {
      const { auditId, line, key, hash } = row
      const wrong = (fault: ChainFault['fault']) => void faults.push({ position: row.position, auditId, fault })
      const link = links.get(key)
      if (row.position !== position + 1) wrong('link_missing')
      if (line === undefined) wrong('line_missing')
      else if (link === undefined) {
        unknown++
        missing.add(key)
      } else if (link(previous, line).hash === hash) checked++
      else wrong('hash_differs')
      position = row.position
      previous = hash
      headFound ||= hash === head
    }
    if (rows.length < BATCH) break
  }
  return {
    checked,
    unknown,
    missingSecrets: [...missing],
    unchained: await store.unchainedAudit(),
    head: position === 0 ? undefined : { position, hash: previous },
    faults,
    headFound: head === undefined ? undefined : headFound,
  }
}
