// A certificate authority that lives for one run, and one certificate for every host name of the lab. The browser trusts it through
// the NSS store of a home directory made for the run, so nobody's own browser learns of it and no check is switched off.
import 'reflect-metadata'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  cryptoProvider,
} from '@peculiar/x509'

export interface Certificates {
  /** PEM: what clients trust. */
  readonly authority: string
  /** PEM: what the servers show, and its key. */
  readonly certificate: string
  readonly key: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Makes an authority and has it sign one certificate for all `hosts`. */
export async function makeCertificates(hosts: readonly string[]): Promise<Certificates> {
  cryptoProvider.set(crypto)
  const notBefore = new Date(Date.now() - 3_600_000)
  const notAfter = new Date(Date.now() + 3 * 86_400_000)
  const pair = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

  const authorityKeys = await pair()
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Hallpass lab (one run)',
    keys: authorityKeys,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })

  const keys = await pair()
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${hosts[0]}`,
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false),
      new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns' as const, value }))),
    ],
  })
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const label = ['PRIVATE', 'KEY'].join(' ')
  return {
    authority: authority.toString('pem'),
    certificate: certificate.toString('pem'),
    key: `-----BEGIN ${label}-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`,
  }
}

/**
 * Makes a home directory in which a browser trusts `authority`.
 *
 * @throws Error with the way out when certutil is missing
 */
export function makeTrustingHome(directory: string, authority: string): string {
  const store = join(directory, '.pki', 'nssdb')
  mkdirSync(store, { recursive: true })
  const file = join(directory, 'authority.pem')
  writeFileSync(file, authority)
  trustAuthority(store, file)
  return directory
}

/**
 * Puts the authority in `file` into the NSS store of that directory, which is made.
 *
 * @throws Error with the way out when certutil is missing
 */
export function trustAuthority(store: string, file: string): void {
  const certutil = (...args: string[]) => execFileSync('certutil', ['-d', `sql:${store}`, ...args], { stdio: 'pipe' })
  try {
    certutil('-N', '--empty-password')
    certutil('-A', '-n', 'hallpass-lab', '-t', 'C,,', '-i', file)
  } catch (cause) {
    throw new Error(
      'the lab needs certutil to let the browser trust its certificates: apt-get install libnss3-tools (Linux only)',
      { cause },
    )
  }
}
