// `hallpass audit verify`: whether the audit is what was written.
import type { Invocation } from '../command-line.ts'
import { Mistake } from '../mistake.ts'
import { withOperator } from '../operator.ts'

const FAULTS = {
  line_missing: 'the line is gone',
  link_missing: 'a link before it is gone',
  hash_differs: 'the line or its link was changed',
} as const

/**
 * Checks the chain over the audit.
 *
 * @throws Mistake for an action that does not exist
 */
export async function audit(invocation: Invocation): Promise<void> {
  const [word] = invocation.words ?? []
  if (word !== 'verify') throw new Mistake('`hallpass audit verify` is the one thing that can be done with the audit')
  await withOperator(invocation, async (operator) => {
    const report = await operator.verifyAudit(invocation.flags.head)
    const { checked, unknown, missingSecrets, faults, head, headFound, unchained } = report
    const ok = faults.length === 0 && unknown === 0 && headFound !== false
    return {
      ok,
      json: { ok, ...report },
      words: [
        `${checked} lines are as they were written${unchained > 0 ? `; ${unchained} are not linked yet` : ''}.`,
        ...faults.map(({ auditId, fault }) => `Line ${auditId}: ${FAULTS[fault]}.`),
        ...(unknown > 0
          ? [`${unknown} lines were linked under secrets that are not loaded here: ${missingSecrets.join(', ')}.`]
          : []),
        ...(headFound === false
          ? ['The head that was given is not in the chain: its end was cut off or written anew.']
          : []),
        ...(head === undefined
          ? []
          : [`Head: ${head.hash} (keep it elsewhere; --head checks later that nothing up to here was cut off)`]),
      ],
    }
  })
}
