// `hallpass keys`: the keys that sign passes. Every change is told to the running nodes at once.
import type { Invocation } from '../command-line.ts'
import { Mistake } from '../mistake.ts'
import { moment, withOperator } from '../operator.ts'

const ACTIONS = ['list', 'rotate', 'retire', 'reseal', 'revoke'] as const

/**
 * Lists or changes the keys.
 *
 * @throws Mistake for an action that does not exist, or a key that is not there
 */
export async function keys(invocation: Invocation): Promise<void> {
  const [word = 'list', kid] = invocation.words ?? []
  const action = ACTIONS.find((name) => name === word)
  if (action === undefined)
    throw new Mistake(`\`hallpass keys\` knows ${ACTIONS.join(', ')}, not ${JSON.stringify(word)}`)
  if ((action === 'revoke') !== (kid !== undefined))
    throw new Mistake('`hallpass keys revoke KID` withdraws one key, and no other action takes one')

  await withOperator(invocation, async ({ keys: ring }) => {
    const done = await change()
    const list = await ring.list()
    const rows = list.map(
      (key) => `${key.kid}  ${key.algorithm}  ${key.state.padEnd(9)}  signs from ${moment(key.signsFrom)}`,
    )
    return { ok: true, json: { keys: list }, words: done === undefined ? rows : [done, ...rows] }

    async function change(): Promise<string | undefined> {
      switch (action) {
        case 'rotate':
          return (await ring.rotate())
            ? 'The next key is published; it signs in 24 hours, when every service has it.'
            : 'The next key is published already.'
        case 'retire':
          return `${await ring.retire()} dead keys were removed.`
        case 'reseal':
          return `${await ring.reseal()} keys were sealed again under the first secret.`
        case 'revoke':
          if (!(await ring.revoke(kid ?? ''))) throw new Mistake(`there is no living key ${JSON.stringify(kid)}`, 1)
          return 'The key is withdrawn. Passes that it signed are refused from now on; browsers get new ones by themselves.'
        default:
          return undefined
      }
    }
  })
}
