// The interceptor of the tutorials (`isRefreshing`, `failedQueue`, `processQueue`), as it is copied from one article to the next: the
// token in a module variable, the refresh token in the server's cookie. It needs no adapter. Where a refresh fails the published
// versions reject; some then go to the sign-in page as well, which would read "signed out" where this reads "failed".
import axios, { type AxiosError, type InternalAxiosRequestConfig } from 'axios'
import { expose } from '../page.ts'

interface Waiting {
  readonly resolve: (token: string | null) => void
  readonly reject: (error: unknown) => void
}

let accessToken: string | null = null
let isRefreshing = false
let failedQueue: Waiting[] = []

const processQueue = (error: unknown, token: string | null = null): void => {
  for (const waiting of failedQueue) {
    if (error) waiting.reject(error)
    else waiting.resolve(token)
  }
  failedQueue = []
}

const api = axios.create({ withCredentials: true })

api.interceptors.request.use((config) => {
  if (accessToken) config.headers.Authorization = `Bearer ${accessToken}`
  return config
})

api.interceptors.response.use(
  (response) => response,
  (error: AxiosError) => {
    const original: (InternalAxiosRequestConfig & { _retry?: boolean }) | undefined = error.config
    if (error.response?.status !== 401 || original === undefined || original._retry) return Promise.reject(error)
    if (isRefreshing) {
      return new Promise<string | null>((resolve, reject) => failedQueue.push({ resolve, reject })).then((token) => {
        original.headers.Authorization = `Bearer ${token}`
        return api(original)
      })
    }
    original._retry = true
    isRefreshing = true
    // As they write it: a promise around a promise.
    // oxlint-disable promise/avoid-new, promise/no-nesting, promise/no-callback-in-promise, promise/no-promise-in-callback, promise/prefer-await-to-then
    return new Promise((resolve, reject) => {
      refresh()
        .then((token) => {
          original.headers.Authorization = `Bearer ${token}`
          processQueue(null, token)
          resolve(api(original))
        })
        .catch((failure: unknown) => {
          processQueue(failure)
          reject(failure)
        })
        .finally(() => {
          isRefreshing = false
        })
    })
  },
)

async function refresh(): Promise<string> {
  const { data } = await axios.post<{ accessToken: string }>('/api/auth/refresh', {}, { withCredentials: true })
  accessToken = data.accessToken
  return data.accessToken
}

expose({
  async start() {
    await refresh()
    return true
  },
  async signIn(person) {
    const { data } = await axios.post<{ accessToken: string }>('/api/auth/login', person, { withCredentials: true })
    accessToken = data.accessToken
  },
  request: async (address) => (await api.get<unknown>(address)).status,
  async signOut() {
    await axios.post('/api/auth/logout', {}, { withCredentials: true })
    accessToken = null
  },
})
