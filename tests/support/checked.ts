// What a guard answers, in a word: `ok`, or the status and code of its refusal.
import type { Checked, Guard } from '@hallpass/guard'

export const outcome = (checked: Checked): string =>
  checked.ok ? 'ok' : `${checked.refusal.status} ${checked.refusal.code}`

/** Shows a token to a guard, as a bearer would. */
export const check = async (service: Guard, token: string): Promise<string> =>
  outcome(await service.check(`Bearer ${token}`))
