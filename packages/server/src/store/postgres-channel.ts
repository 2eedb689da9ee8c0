// Word from node to node over PostgreSQL's LISTEN and NOTIFY: one connection of its own that listens, and begins again when it
// is lost. What was said meanwhile is lost too, which is why every beginning is told.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import type { Channel } from './channel.ts'
import type { Tables } from './schema.ts'

/** One for all deployments in a database: what is said names the store. */
const NAME = 'hallpass'
/** Milliseconds. A cable that was pulled shows only when somebody asks. */
const ASK_EVERY = 10_000
const ANSWER_TIMEOUT = 5_000
const SHORTEST_WAIT = 100
const LONGEST_WAIT = 5_000

export function postgresChannel(url: string, db: Kysely<Tables>, random: () => number = Math.random): Channel {
  return {
    async send(payload) {
      await sql`select pg_notify(${NAME}, ${payload})`.execute(db)
    },

    listen({ said, begun }) {
      const closing = new AbortController()
      const { signal } = closing

      /** One connection, from its beginning to its end. Answers whether it listened at all. */
      const listenOnce = async (): Promise<boolean> => {
        const client = new pg.Client({
          connectionString: url,
          application_name: 'hallpass-listen',
          connectionTimeoutMillis: ANSWER_TIMEOUT,
          query_timeout: ANSWER_TIMEOUT,
          keepAlive: true,
        })
        const lost = Promise.withResolvers<void>()
        // `end` comes for every way a connection goes, and after an error too.
        client.on('error', () => lost.resolve())
        client.on('end', () => lost.resolve())
        client.on('notification', ({ channel, payload }) => {
          if (channel === NAME && payload !== undefined) said(payload)
        })
        const stop = () => lost.resolve()
        signal.addEventListener('abort', stop, { once: true })
        let listening = false
        let asking: NodeJS.Timeout | undefined
        try {
          await client.connect()
          await client.query(`listen ${NAME}`)
          listening = true
          begun()
          asking = setInterval(() => void client.query('select 1').catch(() => lost.resolve()), ASK_EVERY)
          asking.unref()
          await lost.promise
        } catch {
          // Not to be reached, or not for long: the next try comes.
        } finally {
          clearInterval(asking)
          signal.removeEventListener('abort', stop)
          // Not waited for: a server that hangs would hang us.
          void client.end().catch(() => undefined)
        }
        return listening
      }

      const run = async () => {
        let wait = SHORTEST_WAIT
        while (!signal.aborted) {
          wait = (await listenOnce()) ? SHORTEST_WAIT : Math.min(wait * 2, LONGEST_WAIT)
          // Spread, so that all nodes do not come back in one moment.
          await sleep(wait * (0.5 + random()), undefined, { signal }).catch(() => undefined)
        }
      }
      const running = run()
      return () => {
        closing.abort()
        return running
      }
    },
  }
}
