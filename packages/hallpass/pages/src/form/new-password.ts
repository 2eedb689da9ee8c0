// What the pages say about a new password. The server judges; this only spares a round trip.
import { shortestPassword } from '../settings.ts'
import { Unfit } from './trouble.ts'

/** Code points, as the server counts them. */
function lengthOf(password: string): number {
  return Array.from(password.normalize('NFC')).length
}

/** Length is what counts, so that is all there is to say. */
export function lengthHint(typed: string): string {
  const missing = shortestPassword - lengthOf(typed)
  if (typed === '') return `At least ${shortestPassword} characters: four or five words do well.`
  if (missing > 0) return missing === 1 ? 'One more character.' : `${missing} more characters.`
  return 'Long enough.'
}

/** @throws Unfit when it is too short */
export function checkNewPassword(member: string, password: string): void {
  if (lengthOf(password) < shortestPassword)
    throw new Unfit(member, `At least ${shortestPassword} characters, please; this has ${lengthOf(password)}.`)
}
