// Moments as people say them, in their own language and time zone.

const BOTH = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' })
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

/** @param at milliseconds since 1970 */
export function dateAndTime(at: number): string {
  return BOTH.format(at)
}

/** @param at milliseconds since 1970 */
export function clockTime(at: number): string {
  return CLOCK.format(at)
}

/** "3 minutes ago"; both in milliseconds since 1970. */
export function ago(at: number, now: number): string {
  const seconds = Math.max(0, (now - at) / 1000)
  if (seconds < 45) return 'just now'
  if (seconds < 3600) return RELATIVE.format(-Math.max(1, Math.round(seconds / 60)), 'minute')
  if (seconds < 86_400) return RELATIVE.format(-Math.round(seconds / 3600), 'hour')
  return RELATIVE.format(-Math.round(seconds / 86_400), 'day')
}

/** "14:32", minutes and seconds, always as wide. */
export function minutesAndSeconds(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (part: number) => String(part).padStart(2, '0')
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`
}
