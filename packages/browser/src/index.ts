// The door of @hallpass/browser: carrying the pass safely in a browser.
export { AuthError, type AuthErrorCode, type Problem } from './answer.ts'
export type { Auth, AuthEvent, AuthOptions, AuthState, SignedOutReason } from './contract.ts'
