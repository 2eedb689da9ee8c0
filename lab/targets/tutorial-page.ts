// The tutorial's front end: a variable, axios, and the interceptor that everybody copies.
import axios, { type InternalAxiosRequestConfig } from 'axios'
import { run } from '../app/page.ts'

let accessToken: string | null = null
const api = axios.create({ withCredentials: true, validateStatus: (status) => status !== 401 })

api.interceptors.request.use((config) => {
  if (accessToken) config.headers.Authorization = `Bearer ${accessToken}`
  return config
})
api.interceptors.response.use(
  (response) => response,
  async (error: { config: InternalAxiosRequestConfig & { _retry?: boolean } }) => {
    if (error.config._retry) throw error
    error.config._retry = true
    await refresh()
    return api(error.config)
  },
)

async function refresh(): Promise<void> {
  const { data } = await axios.post<{ accessToken: string }>('/api/auth/refresh', {}, { withCredentials: true })
  accessToken = data.accessToken
}

const call = async (path: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
  const { status, data } = await (body === undefined ? api.get<unknown>(path) : api.post<unknown>(path, body))
  return { status, body: data }
}

run({
  async restore() {
    try {
      await refresh()
      return true
    } catch {
      return false
    }
  },
  async signIn(email, password) {
    const { data } = await axios.post<{ accessToken: string }>('/api/auth/login', { email, password })
    accessToken = data.accessToken
  },
  async signOut() {
    accessToken = null
    await axios.post('/api/auth/logout', {})
  },
  call,
  changePassword: async (current, next) => (await call('/api/auth/password', { current, next })).status === 200,
})
