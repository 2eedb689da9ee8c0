// Word from an operator's command to the process that serves an SQLite file: SQLite counts what other connections commit, so the server sees
// that something was written, and reads again whatever it keeps in memory.
import type { DatabaseSync } from 'node:sqlite'
import type { Channel } from './channel.ts'

/** Milliseconds. Asking costs some microseconds: it is a number in shared memory. */
const LOOK_EVERY = 500

export function sqliteChannel(database: DatabaseSync): Channel {
  /** Another number after a commit by any other connection; our own commits do not change it. */
  const version = () => database.prepare('pragma data_version').get()?.['data_version']

  return {
    // What is committed is said.
    send: async () => undefined,

    listen({ begun }) {
      let seen = version()
      const timer = setInterval(() => {
        if (!database.isOpen) return
        const found = version()
        if (found === seen) return
        seen = found
        begun()
      }, LOOK_EVERY)
      timer.unref()
      return async () => clearInterval(timer)
    },
  }
}
