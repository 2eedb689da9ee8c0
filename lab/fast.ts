// The parts of the table that are measured more often than the whole: for whoever changes what it judges, and with every `npm test`.
import type { Attack } from './attack.ts'
import type { Target } from './targets/target.ts'

type Named = Pick<Target, 'name'>

/** Hallpass as it comes; and the control, unless the attack works on Hallpass, which shows as well that it works at all. */
export function isFast({ name }: Named, { control, succeedsOn }: Attack): boolean {
  return name === 'hallpass' || (name === control && !succeedsOn.includes('hallpass'))
}

/** One for each way in: that these come through shows that what carries attacks is sound. */
const CONTROLS = ['storage-read', 'form-post', 'token-after-sign-out', 'reload']

/** What Hallpass as it comes stops, and can be asked without restarting a browser; and some controls. */
export function isChecked({ name: target }: Named, { name, control, succeedsOn, profile }: Attack): boolean {
  if (profile) return false
  return target === 'hallpass' ? !succeedsOn.includes('hallpass') : target === control && CONTROLS.includes(name)
}
