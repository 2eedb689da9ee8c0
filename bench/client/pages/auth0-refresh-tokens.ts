// auth0-spa-js with the one option its README names for rotating refresh tokens.
import { exposeAuth0 } from './auth0-client.ts'

exposeAuth0({ useRefreshTokens: true })
