// A front end as it is written after the tutorials: the token in a module variable, a request interceptor that attaches it, and
// a response interceptor that refreshes once and lets the other failed requests wait. It knows the paths and `accessToken`,
// and nothing else of the server.
import axios, { type AxiosError, type InternalAxiosRequestConfig } from 'axios'

declare global {
  // oxlint-disable-next-line no-var -- what a test calls from outside
  var tutorial: Tutorial
}

interface Tutorial {
  start(): Promise<string>
  login(person: { readonly email: string; readonly password: string }): Promise<string>
  logout(): Promise<void>
  withDeadToken(requests: number): Promise<readonly string[]>
}

interface Waiting {
  readonly resolve: (token: string) => void
  readonly reject: (error: unknown) => void
}

let accessToken: string | null = null
let isRefreshing = false
let failedQueue: Waiting[] = []

const api = axios.create({ baseURL: '/api', withCredentials: true })

api.interceptors.request.use((config) => {
  if (accessToken) config.headers.Authorization = `Bearer ${accessToken}`
  return config
})

api.interceptors.response.use(
  (response) => response,
  async (error: AxiosError) => {
    const original: (InternalAxiosRequestConfig & { _retry?: boolean }) | undefined = error.config
    if (error.response?.status !== 401 || original === undefined || original._retry) throw error
    if (isRefreshing) {
      const token = await new Promise<string>((resolve, reject) => failedQueue.push({ resolve, reject }))
      original.headers.Authorization = `Bearer ${token}`
      return api(original)
    }
    original._retry = true
    isRefreshing = true
    try {
      const token = await refresh()
      for (const { resolve } of failedQueue) resolve(token)
      original.headers.Authorization = `Bearer ${token}`
    } catch (failure) {
      for (const { reject } of failedQueue) reject(failure)
      throw failure
    } finally {
      failedQueue = []
      isRefreshing = false
    }
    // Only now: who joins the queue while this one is on its way again would be forgotten in it.
    return api(original)
  },
)

async function refresh(): Promise<string> {
  const response = await fetch('/api/auth/refresh', { method: 'POST', credentials: 'include' })
  if (!response.ok) throw new Error(`refresh: ${response.status}`)
  const answer = (await response.json()) as { accessToken: string }
  accessToken = answer.accessToken
  return answer.accessToken
}

const profileName = async (): Promise<string> => (await api.get<{ name: string }>('/profile')).data.name

globalThis.tutorial = {
  async start() {
    try {
      await refresh()
      return await profileName()
    } catch {
      return 'signed out'
    }
  },
  async login(person) {
    const { data } = await axios.post<{ accessToken: string }>('/api/auth/login', person, { withCredentials: true })
    accessToken = data.accessToken
    return profileName()
  },
  async logout() {
    await axios.post('/api/auth/logout', {}, { withCredentials: true })
    accessToken = null
  },
  withDeadToken(requests) {
    accessToken = `${accessToken?.slice(0, -4)}AAAA`
    return Promise.all(Array.from({ length: requests }, profileName))
  },
}
