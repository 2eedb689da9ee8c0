// RSA keys that look like keys and are not: too small, an exponent that does nothing, primes that can be guessed.
import { refuseKey } from './key.ts'

/** Bits: below is factored by states (RFC 7518 §3.3), above costs the verifier too much for each token. */
const MIN_BITS = 2048
const MAX_BITS = 8192

/**
 * Refuses weak RSA public keys.
 *
 * @param modulus n, big-endian without leading zeros (RFC 7518 §2, Base64urlUInt)
 * @param exponent e, likewise
 * @throws TokenError `key_invalid`
 */
export function checkRsa(modulus: Uint8Array, exponent: Uint8Array): void {
  if (modulus[0] === 0 || exponent[0] === 0) refuseKey('n and e of an RSA key have no leading zeros')
  const n = toInteger(modulus)
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  if (bits < MIN_BITS || bits > MAX_BITS) refuseKey(`an RSA key has ${MIN_BITS} to ${MAX_BITS} bits`)
  if (n % 2n === 0n) refuseKey('n of an RSA key is odd')
  // FIPS 186-5 §A.1.1 asks for an odd e above 2^16. e = 1 would make every signature its own message.
  if (exponent.length > 4) refuseKey('e of an RSA key has at most 32 bits')
  const e = toInteger(exponent)
  if (e < 65537n || e % 2n === 0n) refuseKey('e of an RSA key is odd and at least 65537')
  if (isRoca(n)) refuseKey('this RSA key was made by a chip whose keys can be factored (ROCA, CVE-2017-15361)')
  if (isFermatClose(n)) refuseKey('the primes of this RSA key are so close that it can be factored (CVE-2022-26320)')
}

function toInteger(bytes: Uint8Array): bigint {
  let hex = '0x0'
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return BigInt(hex)
}

/**
 * The fingerprint of the Infineon library: its primes are powers of 65537 modulo many small primes, and so is their product.
 * (Nemec and others, "The Return of Coppersmith's Attack", §3.) An honest key passes for one about once in 2^154.
 */
function isRoca(n: bigint): boolean {
  for (let prime = 3; prime <= 167; prime += 2) {
    if (!isPrime(prime)) continue
    const rest = Number(n % BigInt(prime))
    let power = 1
    do power = (power * 65537) % prime
    while (power !== 1 && power !== rest)
    if (power !== rest) return false
  }
  return true
}

function isPrime(odd: number): boolean {
  for (let divisor = 3; divisor * divisor <= odd; divisor += 2) if (odd % divisor === 0) return false
  return true
}

/** Fermat's method, as many steps as find primes that a broken generator put side by side. */
function isFermatClose(n: bigint): boolean {
  let a = squareRoot(n)
  if (a * a < n) a++
  for (let step = 0; step < 100; step++, a++) {
    const square = a * a - n
    const b = squareRoot(square)
    if (b * b === square) return true
  }
  return false
}

/** The integer square root, by Newton's method from above. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n
  let x = 1n << BigInt(n.toString(16).length * 2 + 1)
  for (;;) {
    const next = (x + n / x) >> 1n
    if (next >= x) return x
    x = next
  }
}
