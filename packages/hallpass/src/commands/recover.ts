// `hallpass recover`: the word of an operator that the database was restored from a backup. Only somebody who knows of the restore can say so:
// to the server, a browser that is far ahead of its row looks like no honest one.
import type { Invocation } from '../command-line.ts'
import { Mistake } from '../mistake.ts'
import { moment, withOperator } from '../operator.ts'

/**
 * Widens the healing of sessions for a time, or ends that time.
 *
 * @throws Mistake when neither a time nor `off` is given; TypeError when the time is none
 */
export async function recover(invocation: Invocation): Promise<void> {
  const [word] = invocation.words ?? []
  if (word === undefined)
    throw new Mistake('`hallpass recover TIME` takes how long sessions are healed, like 12h or 7d, or `off`')
  await withOperator(invocation, async (operator) => {
    if (word === 'off') {
      const ended = await operator.endRecovery()
      const words = ended ? 'Sessions are healed as usual again.' : 'Nothing to end: sessions are healed as usual.'
      return { ok: true, json: { recoveringUntil: null }, words: [words] }
    }
    const until = await operator.recover(word)
    return {
      ok: true,
      json: { recoveringUntil: until },
      words: [
        `Until ${moment(until)}, sessions that moved on since the backup are healed when their browsers come.`,
        'What the backup does not have is lost all the same: sign-outs, changed passwords and new accounts since then.',
      ],
    }
  })
}
