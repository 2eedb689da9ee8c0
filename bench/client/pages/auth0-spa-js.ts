// auth0-spa-js with its defaults: the token in memory, renewed by a hidden frame and the provider's own cookie.
import { exposeAuth0 } from './auth0-client.ts'

exposeAuth0()
