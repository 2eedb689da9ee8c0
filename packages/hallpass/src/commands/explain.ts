// `hallpass explain`: why was this person signed out? As a timeline.
import type { Invocation } from '../command-line.ts'
import { Mistake } from '../mistake.ts'
import { moment, withOperator } from '../operator.ts'

/**
 * Tells what happened to a session or a person.
 *
 * @throws Mistake when no id is given
 */
export async function explain(invocation: Invocation): Promise<void> {
  const [id] = invocation.words ?? []
  if (id === undefined) throw new Mistake('`hallpass explain ID` takes the id of a session or of a person')
  await withOperator(invocation, async (operator) => {
    const { entries } = await operator.explain(id)
    return {
      ok: entries.length > 0,
      json: { id, entries },
      words:
        entries.length === 0
          ? [`Nothing is known of ${id}: no session and no person has this id, or it is long gone.`]
          : entries.map(({ at, words, sessionId, address }) =>
              [
                moment(at),
                words,
                ...(sessionId !== undefined && sessionId !== id ? [`(session ${sessionId})`] : []),
                ...(address !== undefined ? [`from ${address}`] : []),
              ].join('  '),
            ),
    }
  })
}
