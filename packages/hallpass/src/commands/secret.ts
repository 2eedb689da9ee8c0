// `hallpass secret`: prints a new secret and nothing else, so that it can go straight into a variable or a file.
import { generateSecret } from '@hallpass/server'

export function secret(): void {
  process.stdout.write(`${generateSecret()}\n`)
}
