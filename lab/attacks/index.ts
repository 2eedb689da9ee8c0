// Every attack, in the order of the table.
import type { Attack } from '../attack.ts'
import { backButton } from './back-button.ts'
import { clickjack } from './clickjack.ts'
import { cookieOverwrite } from './cookie-overwrite.ts'
import { cookiePlant } from './cookie-plant.ts'
import { cookieRead } from './cookie-read.ts'
import { cookieToss } from './cookie-toss.ts'
import { copiedToken } from './copied-token.ts'
import { crash } from './crash.ts'
import { earlyHook } from './early-hook.ts'
import { earlyKey } from './early-key.ts'
import { earlyPassword } from './early-password.ts'
import { earlyRefresh } from './early-refresh.ts'
import { earlyRide } from './early-ride.ts'
import { forcedSignOut } from './forced-sign-out.ts'
import { formPost } from './form-post.ts'
import { formSandboxed } from './form-sandboxed.ts'
import { imageGet } from './image-get.ts'
import { keyHandle } from './key-handle.ts'
import { linkGet } from './link-get.ts'
import { listenChannel } from './listen-channel.ts'
import { logLeak } from './log-leak.ts'
import { loginCsrf } from './login-csrf.ts'
import { openWindow } from './open-window.ts'
import { ownWorker } from './own-worker.ts'
import { patchFetch } from './patch-fetch.ts'
import { patchJson } from './patch-json.ts'
import { patchThen } from './patch-then.ts'
import { patchXhr } from './patch-xhr.ts'
import { pollutePrototype } from './pollute-prototype.ts'
import { profileCopied } from './profile-copied.ts'
import { proofAhead } from './proof-ahead.ts'
import { refreshAlongside } from './refresh-alongside.ts'
import { refreshAtOnce } from './refresh-at-once.ts'
import { refreshCall } from './refresh-call.ts'
import { refreshInStep } from './refresh-in-step.ts'
import { refreshMinute } from './refresh-minute.ts'
import { refreshOutdated } from './refresh-outdated.ts'
import { refreshOwnerGone } from './refresh-owner-gone.ts'
import { reload } from './reload.ts'
import { reopen } from './reopen.ts'
import { ride } from './ride.ts'
import { secondTab } from './second-tab.ts'
import { siblingFetch } from './sibling-fetch.ts'
import { storageRead } from './storage-read.ts'
import { tokenAfterPassword } from './token-after-password.ts'
import { tokenAfterRole } from './token-after-role.ts'
import { tokenAfterSignOut } from './token-after-sign-out.ts'
import { workerCopy } from './worker-copy.ts'

export const attacks: readonly Attack[] = [
  storageRead,
  cookieRead,
  refreshCall,
  patchFetch,
  patchXhr,
  patchJson,
  patchThen,
  pollutePrototype,
  listenChannel,
  ownWorker,
  workerCopy,
  keyHandle,
  proofAhead,
  openWindow,
  cookieOverwrite,
  ride,
  earlyHook,
  earlyKey,
  earlyRefresh,
  earlyPassword,
  earlyRide,
  formPost,
  formSandboxed,
  linkGet,
  imageGet,
  siblingFetch,
  loginCsrf,
  forcedSignOut,
  cookiePlant,
  cookieToss,
  clickjack,
  copiedToken,
  logLeak,
  tokenAfterSignOut,
  tokenAfterPassword,
  tokenAfterRole,
  refreshAtOnce,
  refreshMinute,
  refreshOutdated,
  refreshAlongside,
  refreshInStep,
  refreshOwnerGone,
  profileCopied,
  reload,
  secondTab,
  reopen,
  crash,
  backButton,
]
