// The door of @hallpass/browser: carrying the pass safely in a browser.
export { AuthError, type AuthErrorCode, type Problem } from './answer.ts'
export {
  createAuth,
  type Auth,
  type AuthEvent,
  type AuthOptions,
  type AuthState,
  type SignedOutReason,
} from './auth.ts'
