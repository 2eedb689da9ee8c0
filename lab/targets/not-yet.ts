// Targets whose doors do not exist yet: named in the table as not run, so that nobody takes a gap for a result.
import type { Target, TargetName } from './target.ts'

const notYet = (name: TargetName, title: string, about: string, missing: string): Target => ({
  name,
  title,
  about,
  paths: ['packages'],
  access: 'bearer',
  missing,
  start: () => Promise.reject(new Error(missing)),
})

export const hallpassDbsc = notYet(
  'hallpass-dbsc',
  'Hallpass bound by the browser',
  'The refresh cookie lives for minutes, and the browser renews it with a key in the machine’s hardware (DBSC).',
  '@hallpass/server has no option for it yet; the protocol alone was run (decision 036)',
)
