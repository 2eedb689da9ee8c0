// What nodes tell each other, as text and back. It is a hint and never the truth: the store has that, and who missed a word
// reads it there.
import type { Channel } from './channel.ts'
import type { Announcement, Store } from './store.ts'

/** PostgreSQL takes 8000 bytes; an entry has about 60. */
const ENTRIES = 100

/** The store's words for it; a store of one process has nobody to tell. */
export function announcementOperations(
  channel: Channel | undefined,
  storeId: string,
): Pick<Store, 'announce' | 'listen'> {
  if (channel === undefined) return { announce: async () => undefined, listen: () => async () => undefined }
  return {
    async announce(announcement) {
      for (const payload of payloads(announcement, storeId)) await channel.send(payload)
    },
    listen: ({ heard, begun }) =>
      channel.listen({
        begun,
        said(payload) {
          const announcement = parse(payload, storeId)
          if (announcement !== undefined) heard(announcement)
        },
      }),
  }
}

function payloads(announcement: Announcement, store: string): readonly string[] {
  if (announcement.about === 'keys') return [JSON.stringify({ store, keys: true })]
  const entries = announcement.ended.map(({ id, revokedUntil }) => [id, revokedUntil])
  const parts = Array.from({ length: Math.ceil(entries.length / ENTRIES) }, (_, part) =>
    entries.slice(part * ENTRIES, (part + 1) * ENTRIES),
  )
  return parts.map((ended) => JSON.stringify({ store, ended }))
}

/** Anybody who may connect to the database can say anything here: what is not ours means nothing. */
function parse(payload: string, storeId: string): Announcement | undefined {
  let said: unknown
  try {
    said = JSON.parse(payload)
  } catch {
    return undefined
  }
  if (typeof said !== 'object' || said === null || !('store' in said) || said.store !== storeId) return undefined
  if ('keys' in said) return { about: 'keys' }
  if (!('ended' in said) || !Array.isArray(said.ended)) return undefined
  const ended = (said.ended as readonly unknown[]).flatMap((entry) => {
    const [id, revokedUntil] = Array.isArray(entry) ? (entry as readonly unknown[]) : []
    return typeof id === 'string' && id !== '' && Number.isSafeInteger(revokedUntil)
      ? [{ id, revokedUntil: Number(revokedUntil) }]
      : []
  })
  return { about: 'ended', ended }
}
