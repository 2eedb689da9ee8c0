// Session and account ids: UUIDv7 (RFC 9562, 5.7), so that what was made together lies together on disk.

/**
 * Makes a UUIDv7.
 *
 * @param at the time in milliseconds since 1970
 * @param random ten fresh random bytes
 */
export function uuidv7(at: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16)
  bytes.set(random.subarray(0, 10), 6)
  new DataView(bytes.buffer).setUint32(0, Math.floor(at / 65_536))
  new DataView(bytes.buffer).setUint16(4, at % 65_536)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
