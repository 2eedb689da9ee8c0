// A mistake in how the program was called or set up: told in one sentence that names the way out.

export class Mistake extends Error {
  override readonly name: string = 'Mistake'
  /** 2 for a command line or a setting that cannot be used, 1 for a machine that does not allow it (a port that is taken). */
  readonly exitCode: 1 | 2

  constructor(sentence: string, exitCode: 1 | 2 = 2) {
    super(sentence)
    this.exitCode = exitCode
  }
}
