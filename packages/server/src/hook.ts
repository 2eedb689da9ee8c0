// The application's own functions (checkPassword, findUser, claims): one way to call them, one failure when they fail.

/** A hook threw or rejected: nobody is signed out or told "wrong password" for that, the client may come again (503). */
export class HookFailed extends Error {
  override readonly name: string = 'HookFailed'
}

/** Calls a hook of the application; a failure becomes `HookFailed` with the hook's error as its cause. */
export async function callHook<Result>(name: string, hook: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await hook()
  } catch (cause) {
    throw new HookFailed(`the ${name} hook failed`, { cause })
  }
}
