// One thing the doctor has looked at.

export interface Finding {
  readonly about: string
  readonly state: 'good' | 'warning' | 'bad'
  /** What is the case. */
  readonly words: string
  /** What to do, when something is to be done. */
  readonly advice?: string
}

export const good = (about: string, words: string): Finding => ({ about, state: 'good', words })
export const warning = (about: string, words: string, advice: string): Finding => ({
  about,
  state: 'warning',
  words,
  advice,
})
export const bad = (about: string, words: string, advice: string): Finding => ({ about, state: 'bad', words, advice })
