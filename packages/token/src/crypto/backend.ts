// What a crypto backend does for the rest of the package. There are two, `node.ts` and `web.ts`; `#crypto` picks one by condition, and
// every test of this package runs on both.
// Each exports these members by name, so that a bundler keeps only what is used.
import type { AlgorithmRow, HmacRow } from '../algorithms.ts'
import type { Jwk } from '../jwk.ts'
import type { KeyHandle } from '../key.ts'
import type { Later } from '../later.ts'

/** The rows whose keys come in pairs. */
export type PairRow = Exclude<AlgorithmRow, HmacRow>

export interface Backend {
  /** Decodes canonical base64url; undefined for anything else. */
  readonly decodeBytes: (part: string) => Uint8Array | undefined
  /** Decodes canonical base64url of UTF-8; undefined for anything else. */
  readonly decodeText: (part: string) => string | undefined
  /** Encodes the UTF-8 of a text in base64url. */
  readonly encodeText: (text: string) => string
  /** A copy of an ASCII text that shares no memory with it. */
  readonly copyText: (text: string) => string
  /** SHA-256 of the UTF-8 of a text, in base64url. */
  readonly sha256: (text: string) => Later<string>
  /** Makes a key that verifies; throws when the members are no key of that row. */
  readonly importPublic: (jwk: Jwk, row: PairRow) => Later<KeyHandle>
  /** Makes a key that signs; throws likewise. */
  readonly importPrivate: (jwk: Jwk, row: PairRow, extractable: boolean) => Later<KeyHandle>
  /** Makes a key that does both. The bytes are the callee's to keep. */
  readonly importSecret: (bytes: Uint8Array<ArrayBuffer>, row: HmacRow) => Later<KeyHandle>
  /** Makes a new pair. */
  readonly generate: (
    row: PairRow,
    extractable: boolean,
  ) => Promise<{ readonly publicJwk: Jwk; readonly privateHandle: KeyHandle }>
}
