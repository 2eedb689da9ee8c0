// Where the three services are, and so what each of them is called in a token: the main API issues it, every service is an audience.
export const API: string = process.env['API'] ?? 'http://localhost:3000'
export const IMAGES: string = process.env['IMAGES'] ?? 'http://localhost:3001'
export const BILLING: string = process.env['BILLING'] ?? 'http://localhost:3002'

/** The port of an address, to listen on. */
export function portOf(address: string): number {
  return Number(new URL(address).port)
}
