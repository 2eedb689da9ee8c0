// axios-auth-refresh, as its README has it: the token in localStorage, a request interceptor that reads it, the refresh as a function.
// It needs no adapter: our cookie is the refresh token of its examples, `accessToken` their `token`.
import axios from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import { expose } from '../page.ts'

interface FailedRequest {
  readonly response: { readonly config: { readonly headers: Record<string, string> } }
}

const refreshAuthLogic = (failedRequest: FailedRequest): Promise<void> =>
  axios.post<{ accessToken: string }>('/api/auth/refresh', {}).then((tokenRefreshResponse) => {
    localStorage.setItem('token', tokenRefreshResponse.data.accessToken)
    failedRequest.response.config.headers['Authorization'] = `Bearer ${tokenRefreshResponse.data.accessToken}`
  })

// Its types know the CommonJS axios, which is the same to the page.
createAuthRefresh(axios as unknown as Parameters<typeof createAuthRefresh>[0], refreshAuthLogic)

axios.interceptors.request.use((request) => {
  request.headers['Authorization'] = `Bearer ${localStorage.getItem('token')}`
  return request
})

expose({
  start: () => Promise.resolve(localStorage.getItem('token') !== null),
  async signIn(person) {
    const { data } = await axios.post<{ accessToken: string }>('/api/auth/login', person)
    localStorage.setItem('token', data.accessToken)
  },
  request: async (address) => (await axios.get<unknown>(address)).status,
  async signOut() {
    await axios.post('/api/auth/logout', {})
    localStorage.removeItem('token')
  },
})
