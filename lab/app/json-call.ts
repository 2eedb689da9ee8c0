// How pages talk to the API when nothing but a header, or not even that, is needed.

/** A fetch that sends and reads JSON; `headers` are added. */
export async function jsonCall(
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(path, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
  })
  return { status: response.status, body: await response.json().catch(() => undefined) }
}

/** Signs in and answers what the server gave. Throws when it refuses. */
export async function askToSignIn(email: string, password: string): Promise<{ accessToken?: string }> {
  const { status, body } = await jsonCall('/api/auth/login', { email, password })
  if (status !== 200) throw new Error(`refused: ${status}`)
  return body as { accessToken?: string }
}
