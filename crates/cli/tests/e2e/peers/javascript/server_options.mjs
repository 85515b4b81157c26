// The configuration of the server, from options that are plain data.
//
// It is the stock one, with the features that the library has and leaves off. Options go over it as oidc-provider names
// them. What is a function there, or an object that cannot be JSON, is a word here: see `WORDS`.

import { createHash, randomBytes } from 'node:crypto';

// `clients` changes the registered metadata of single clients: {"web":{"subject_type":"pairwise"}}.
export function configuration(registered, { clients = {}, features, ...options }) {
  const words = Object.entries(options).filter(([name]) => name in WORDS);
  const plain = Object.entries(options).filter(([name]) => !(name in WORDS));
  const said = words.map(([name, value]) => WORDS[name](value));
  return {
    clients: registered.map((client) => ({ ...client, ...clients[client.client_id] })),
    cookies: { keys: [randomBytes(16).toString('hex')] },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
    ...Object.assign({}, ...said.map(({ features: _, ...settings }) => settings)),
    ...Object.fromEntries(plain),
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      ...Object.assign({}, ...said.map((word) => word.features)),
      ...features,
    },
  };
}

const WORDS = {
  // Refresh tokens without offline_access too, which live as long as the session.
  issueRefreshToken: () => ({ issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token') }),

  pkceRequired: (value) => ({ pkce: { required: () => value } }),

  // A nonce of the server in every DPoP proof (RFC 9449 §8).
  dpopNonce: (value) => ({
    features: { dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => value } },
  }),

  // Each client knows a person by a name of its own (OpenID Connect Core §8.1).
  pairwise: () => ({
    subjectTypes: ['pairwise', 'public'],
    pairwiseIdentifier: (ctx, account, client) =>
      createHash('sha256').update(`${client.sectorIdentifier} ${account}`).digest('hex'),
  }),

  // Access tokens for https://api.test are JWTs (RFC 8707, RFC 9068).
  resourceServer: (scope) => ({
    features: {
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
    },
  }),

  // The person agrees on a device of their own, as many milliseconds after they were asked.
  ciba: (after_ms) => ({
    features: {
      ciba: {
        enabled: true,
        deliveryModes: ['poll'],
        processLoginHint: (ctx, hint) => hint,
        validateRequestContext: () => {},
        verifyUserCode: () => {},
        triggerAuthenticationDevice: (ctx, request, account, client) => {
          setTimeout(agree, after_ms, ctx.oidc.provider, request, account, client);
        },
      },
    },
  }),

  // The mechanism for further grants is the library's; what this one does is the least that a server may do (RFC 8693).
  tokenExchange: () => ({}),
};

async function agree(provider, request, account, client) {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
  grant.addOIDCScope(request.scope);
  await grant.save();
  await provider.backchannelResult(request, grant);
}

/** Adds the grants that the library leaves to whoever uses it. */
export function addGrants(provider, { tokenExchange }) {
  if (!tokenExchange) return;
  const parameters = ['subject_token', 'subject_token_type', 'scope', 'audience'];
  provider.registerGrantType('urn:ietf:params:oauth:grant-type:token-exchange', exchange, parameters, []);
}

async function exchange(ctx) {
  const { client, params, provider } = ctx.oidc;
  const subject = await provider.AccessToken.find(params.subject_token);
  if (!subject) ctx.throw(400, 'subject token not found');
  const token = new provider.AccessToken({
    accountId: subject.accountId,
    client,
    grantId: subject.grantId,
    gty: 'token_exchange',
    scope: params.scope ?? subject.scope,
  });
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    expires_in: token.expiration,
    token_type: token.tokenType,
    scope: token.scope,
  };
}
