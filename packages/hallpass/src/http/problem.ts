// The program's own refusals, in the form of the wire contract (RFC 9457). The auth paths have theirs in @hallpass/server.

const PROBLEMS = {
  invalid_input: { status: 400, title: 'A member of the body is missing or of the wrong kind' },
  not_found: { status: 404, title: 'There is nothing here' },
  internal: { status: 500, title: 'Something went wrong on our side' },
} as const

export function problem(code: keyof typeof PROBLEMS): Response {
  const { status, title } = PROBLEMS[code]
  return new Response(JSON.stringify({ type: `urn:hallpass:problem:${code}`, title, status, code }), {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' },
  })
}
