// Which passwords may be used (NIST SP 800-63B-4, 3.1.1.2): long enough, not a common one, not the account's own words. No rules
// about kinds of characters, no forced change, nothing cut off.

/** Why a password was refused: a closed word for programs, beside the sentence for people. */
export type PasswordReason = 'too_short' | 'too_long' | 'not_text' | 'common' | 'own_words'

export const LONGEST_PASSWORD = 256

/**
 * Brings a password into the one form that is hashed: Unicode NFC, every character kept.
 *
 * @returns undefined for a string that is no Unicode text (a lone surrogate), which would be hashed like another one
 */
export function normalisePassword(password: string): string | undefined {
  return password.isWellFormed() ? password.normalize('NFC') : undefined
}

/**
 * Says why a new password cannot be used, or undefined when it can.
 *
 * @param password in the form `normalisePassword` gives
 * @param minLength in code points
 * @param ownWords what the account is known by: e-mail address, name, the name of the service
 */
export async function refusedBecause(
  password: string,
  minLength: number,
  ownWords: readonly string[],
): Promise<PasswordReason | undefined> {
  const length = Array.from(password).length
  if (length < minLength) return 'too_short'
  if (length > LONGEST_PASSWORD) return 'too_long'
  const folded = fold(password)
  if (isOwnWord(folded, ownWords)) return 'own_words'
  if (await isCommon(folded)) return 'common'
  return undefined
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase()

/** The whole password is one of the words, or one of them with a few characters around it. */
function isOwnWord(folded: string, ownWords: readonly string[]): boolean {
  const words = ownWords
    .flatMap((word) => [fold(word), fold(word).split('@', 1)[0] ?? ''])
    .filter((word) => word.length >= 4)
  return words.some(
    (word) =>
      folded
        .split(word)
        .join('')
        .replace(/[\d\W_]/gu, '') === '' && folded.includes(word),
  )
}

async function isCommon(folded: string): Promise<boolean> {
  const common = await commonPasswords()
  // A long password that is a short one over and over, or one run through the alphabet, is guessed as early as the short one.
  return common.has(folded) || isRepetition(folded) || isRun(folded)
}

/** "passwordpassword", "abcabcabcabcabc": a unit of up to half the length, repeated. */
function isRepetition(text: string): boolean {
  return text.length > 1 && (text + text).indexOf(text, 1) < text.length
}

/** "123456789012345", "qwertyuiopasdfgh": one walk along a row everybody knows. */
function isRun(text: string): boolean {
  const rows = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm', 'qwertzuiopasdfghjklyxcvbnm']
  return rows.some((row) => {
    const line = row.repeat(Math.ceil(LONGEST_PASSWORD / row.length) + 1)
    return line.includes(text) || Array.from(line).reverse().join('').includes(text)
  })
}

let list: Promise<ReadonlySet<string>> | undefined

/** Fifty thousand words take a moment to unpack: loaded when the first password is chosen, not at start. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  list ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'].map(fold)),
  )
  return list
}
