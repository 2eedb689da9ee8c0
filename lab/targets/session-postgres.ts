// The old way once more, with its rows in PostgreSQL: beside the table, to see that where the rows lie changes nothing about attacks.
import { startPostgres } from '../../tests/support/postgres.ts'
import { openPostgresStore } from './session-stores.ts'
import { sessionCookie, startSession } from './session.ts'
import type { Target } from './target.ts'

export const sessionPostgres: Target = {
  ...sessionCookie,
  name: 'session-postgres',
  like: 'session',
  title: 'The old way, in PostgreSQL',
  paths: [...sessionCookie.paths, 'lab/targets/session-postgres.ts'],
  async start(place) {
    const server = await startPostgres()
    const opened = await openPostgresStore(await server.createDatabase(), place.now)
    const close = async () => {
      await opened.close()
      await server.remove()
    }
    return startSession(place, { ...opened, close })
  },
}
