// A client that is no browser and holds a key: what it asks carries a proof of it (RFC 9449), with the last nonce it was given.
import { createProof, generateKeyPair, type ProofContents } from '@hallpass/token'
import type { Answer, Question } from './http-exchange.ts'

interface Asked {
  ask(method: string, path: string, question?: Question): Promise<Answer>
}

export interface ProofClient {
  /** Of its key. */
  readonly thumbprint: string
  /** A proof for an endpoint, `login`, or a whole path; what `changed` says wins. */
  prove(method: string, path: string, changed?: Partial<ProofContents>): Promise<string>
  /** Keeps the nonce of an answer, when it has one. */
  heard(nonce: string | null | undefined): void
  /** Asks with a proof, and once more when another nonce is wanted. */
  ask(server: Asked, method: string, path: string, question?: Question, accessToken?: string): Promise<Answer>
}

/**
 * Makes a client with a new key, of the server whose public origin is given.
 *
 * @param now its clock, in milliseconds
 */
export async function createProofClient(origin: string, now: () => number = Date.now): Promise<ProofClient> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  let nonce: string | undefined

  const client: ProofClient = {
    thumbprint: publicKey.kid ?? '',
    prove: (method, path, changed) =>
      createProof(privateKey, {
        method,
        url: origin + (path.startsWith('/') ? path : `/api/auth/${path}`),
        nonce,
        now,
        ...changed,
      }),
    heard(told) {
      nonce = told ?? nonce
    },
    async ask(server, method, path, question = {}, accessToken) {
      const once = async (): Promise<Answer> => {
        const proof = ['DPoP', await client.prove(method, path, { accessToken })] as const
        const token = accessToken === undefined ? [] : [['Authorization', `DPoP ${accessToken}`] as const]
        const answer = await server.ask(method, path, {
          ...question,
          headers: [...(question.headers ?? []), proof, ...token],
        })
        client.heard(answer.headers['dpop-nonce'])
        return answer
      }
      const first = await once()
      return first.code === 'use_dpop_nonce' ? once() : first
    },
  }
  return client
}
