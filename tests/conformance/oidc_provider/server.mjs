// A strict OAuth 2.0 and OpenID Connect server: npm's oidc-provider, laid out where pmtui expects Google and Microsoft.
//
// Refresh tokens rotate and a reused one ends its grant, PKCE is required, revocation and the device flow are on.
// Our own are only the sign-in page (one form), two resource routes that let an access token prove itself, and the
// log. Prints {"base_url": ...} once it listens, on a free port of the loopback interface; ends with its standard input.
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import Provider, { interactionPolicy } from 'oidc-provider'

const TENANT = '11111111-2222-4333-8444-555555555555'
const CALENDAR = 'https://www.googleapis.com/auth/calendar.events.owned'
const log = []
let delay = 0

const common = {
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
}
const styles = {
  google: {
    issuer: '/google',
    client: {
      client_id: 'strict-google',
      client_secret: 'strict-google-secret',
      redirect_uris: ['http://127.0.0.1/callback/google'],
    },
    scopes: ['openid', 'email', CALENDAR],
    claims: { email: ['email', 'email_verified'], openid: ['sub'] },
    routes: {
      authorization: '/google/o/oauth2/v2/auth',
      token: '/google/token',
      revocation: '/google/revoke',
      jwks: '/google/oauth2/v3/certs',
      code_verification: '/google/device',
      device_authorization: '/google/device/code',
    },
  },
  microsoft: {
    issuer: `/microsoft/${TENANT}/v2.0`,
    client: {
      client_id: 'strict-microsoft',
      client_secret: 'strict-microsoft-secret',
      redirect_uris: ['http://localhost/callback/outlook'],
    },
    scopes: ['openid', 'profile', 'offline_access', 'User.Read', 'Calendars.ReadWrite', 'MailboxSettings.Read'],
    claims: { openid: ['sub', 'tid', 'oid'] },
    routes: {
      authorization: `/microsoft/${TENANT}/oauth2/v2.0/authorize`,
      token: `/microsoft/${TENANT}/oauth2/v2.0/token`,
      revocation: `/microsoft/${TENANT}/oauth2/v2.0/revoke`,
      jwks: `/microsoft/${TENANT}/discovery/v2.0/keys`,
      code_verification: '/microsoft/device',
      device_authorization: `/microsoft/${TENANT}/oauth2/v2.0/devicecode`,
    },
  },
}

function policy() {
  const prompts = interactionPolicy.base()
  prompts.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0)
  return prompts
}

// Google's revocation is asked with the token alone, where RFC 7009 wants the client as well: it is put in here.
const revocable = async (ctx, client, token) => token.clientId === client.clientId

function provider(base, style, jwks) {
  const made = new Provider(base + style.issuer, {
    clients: [
      { ...common, ...style.client, token_endpoint_auth_method: 'client_secret_post' },
      // Without a secret, as the device flow wants it.
      {
        ...common,
        client_id: `${style.client.client_id}-public`,
        redirect_uris: style.client.redirect_uris,
        token_endpoint_auth_method: 'none',
      },
    ],
    scopes: style.scopes,
    claims: style.claims,
    conformIdTokenClaims: false,
    cookies: { keys: ['strict'] },
    jwks,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: true, oid: `oid-${id}`, tid: TENANT }),
    }),
    interactions: { policy: policy(), url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true, allowedPolicy: revocable },
    },
    routes: style.routes,
    ttl: { AccessToken: 3600, AuthorizationCode: 60, DeviceCode: 900, Grant: 86400, IdToken: 3600, Interaction: 600, RefreshToken: 86400, Session: 86400 },
  })
  const note = (what, ctx, more = {}) => log.push({ what, grant_type: ctx?.oidc?.params?.grant_type ?? null, ...more })
  made.on('grant.success', (ctx) => note('granted', ctx, { account: ctx.oidc.account?.accountId ?? null }))
  made.on('grant.error', (ctx, error) => note('refused', ctx, { error: error.error, detail: error.error_detail ?? error.error_description }))
  made.on('grant.revoked', (ctx) => note('grant ended', ctx))
  made.on('server_error', (ctx, error) => note('server error', ctx, { detail: String(error) }))
  return made
}

async function signIn(made, request, response) {
  const { uid, params, prompt } = await made.interactionDetails(request, response)
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html')
    return response.end(
      `<h1>Strict sign-in</h1><p>${prompt.name}</p><form method="post" action="/interaction/${uid}">` +
        '<input name="account"><input name="without"><button name="say" value="yes">Agree</button>' +
        '<button name="say" value="no">Deny</button></form>',
    )
  }
  const form = new URLSearchParams(await text(request))
  if (form.get('say') !== 'yes') {
    return made.interactionFinished(request, response, { error: 'access_denied', error_description: 'said no' })
  }
  const accountId = form.get('account')
  const grant = new made.Grant({ accountId, clientId: params.client_id })
  for (const scope of params.scope.split(' ')) {
    form.getAll('without').includes(scope) ? grant.rejectOIDCScope(scope) : grant.addOIDCScope(scope)
  }
  const consent = { grantId: await grant.save() }
  return made.interactionFinished(request, response, { select_account: {}, login: { accountId }, consent })
}

async function text(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function holder(made, request) {
  const [kind, value] = (request.headers.authorization ?? '').split(' ')
  return kind === 'Bearer' ? made.AccessToken.find(value) : undefined
}

function json(response, status, document) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(document))
}

async function resource(providers, path, request, response) {
  const token = await holder(path.startsWith('/google') ? providers.google : providers.microsoft, request)
  if (!token) return json(response, 401, { error: { code: 401, errors: [{ reason: 'authError' }], message: 'no' } })
  if (path.startsWith('/google')) return json(response, 200, { timeZone: 'America/Chicago', items: [] })
  if (path.endsWith('/calendarView')) return json(response, 200, { value: [] })
  if (path.endsWith('/mailboxSettings')) return json(response, 200, { timeZone: 'Central Standard Time' })
  return json(response, 200, { id: `oid-${token.accountId}`, mail: token.accountId, userPrincipalName: token.accountId })
}

const server = createServer()
server.listen(0, '127.0.0.1', async () => {
  const base = `http://127.0.0.1:${server.address().port}`
  const keys = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    true,
    ['sign', 'verify'],
  )
  const jwks = { keys: [{ ...(await crypto.subtle.exportKey('jwk', keys.privateKey)), kid: 'strict', use: 'sig', alg: 'RS256', key_ops: undefined, ext: undefined }] }
  const providers = Object.fromEntries(Object.entries(styles).map(([name, style]) => [name, provider(base, style, jwks)]))
  const handlers = Object.fromEntries(Object.entries(providers).map(([name, made]) => [name, made.callback()]))
  const interactions = new Map()
  for (const made of Object.values(providers)) {
    made.on('interaction.started', (ctx) => interactions.set(ctx.oidc.entities.Interaction?.uid, made))
  }

  server.on('request', async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, base)
    try {
      if (pathname === '/__log') return json(response, 200, log)
      if (pathname === '/__delay') {
        delay = Number(searchParams.get('ms'))
        return json(response, 200, { delay })
      }
      if (pathname.startsWith('/interaction/')) {
        const made = interactions.get(pathname.split('/')[2])
        return made ? await signIn(made, request, response) : json(response, 404, {})
      }
      if (/^\/google\/calendar\/|^\/graph\//.test(pathname)) return await resource(providers, pathname, request, response)
      if (pathname === '/google/revoke') {
        const { client_id, client_secret } = styles.google.client
        request.body = { ...Object.fromEntries(new URLSearchParams(await text(request))), client_id, client_secret }
      }
      if (delay && pathname.endsWith('/token')) await wait(delay)
      return await handlers[pathname.split('/')[1] === 'google' ? 'google' : 'microsoft'](request, response)
    } catch (error) {
      log.push({ what: 'server error', detail: String(error) })
      if (!response.headersSent) json(response, 500, { error: 'server_error' })
    }
  })
  console.log(JSON.stringify({ base_url: base, tenant: TENANT }))
})
process.stdin.on('end', () => process.exit(0)).resume()
