// Logins in which nothing is refused, by the ways in which a request and its response may be carried.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import * as openid from 'openid-client';
import { expectGranted } from '../outcome.mjs';
import { parametersOf } from '../user_agent.mjs';

export const JARM = { features: { jwtResponseModes: { enabled: true } } };
const PAR_REQUIRED = {
  features: { pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true } },
};
export const REGISTRATION = { features: { registration: { enabled: true }, requestObjects: { enabled: true } } };
export const HYBRID = {
  clients: {
    web: {
      grant_types: ['authorization_code', 'refresh_token', 'implicit'],
      response_types: ['code', 'code id_token', 'id_token'],
      redirect_uris: ['https://app.test/cb'],
    },
  },
};

export const healthyAuthorizations = {
  'healthy-par-required': login(PAR_REQUIRED, 'spa', { pushed: true }),

  // The request is a JWT, signed with a key that the app registers by itself (RFC 9101).
  'healthy-jar': {
    provider: REGISTRATION,
    async play(stage) {
      const { app, key } = await registered(stage, 'none');
      await app.loginForTokens(stage.userAgent(), { signed: key });
    },
  },

  'healthy-jar-par': {
    provider: REGISTRATION,
    async play(stage) {
      const { app, key } = await registered(stage, 'private_key_jwt');
      await app.loginForTokens(stage.userAgent(), { signed: key, pushed: true });
    },
  },

  'healthy-private-key-jwt': {
    provider: REGISTRATION,
    async play(stage) {
      const { app, key } = await registered(stage, 'private_key_jwt');
      const { tokens } = await app.loginForTokens(stage.userAgent(), { signed: key });
      expectGranted(await app.refresh(tokens.refresh_token));
    },
  },

  'healthy-jarm': jarm('web', {}),
  'healthy-jarm-par': jarm('spa', { pushed: true }),

  // The JWT goes over the wire, to an app that listens.
  'healthy-jarm-loopback': {
    provider: JARM,
    async play(stage) {
      const app = await stage.app('desktop');
      openid.useJwtResponseMode(app.configuration);
      const userAgent = stage.userAgent();
      await listening(async (port) => {
        const attempt = await app.login(userAgent, { redirectUri: `http://127.0.0.1:${port}/cb` });
        await userAgent.deliver(attempt.callback);
        expectGranted(await app.redeem(attempt));
      });
    },
  },

  'healthy-jarm-denied': {
    provider: JARM,
    async play(stage) {
      const app = await stage.app('spa');
      openid.useJwtResponseMode(app.configuration);
      const userAgent = stage.userAgent();
      userAgent.declines = true;
      const { callback } = await app.login(userAgent);
      assert.ok(callback.searchParams.has('response'), 'the refusal is not a JWT');
    },
  },

  // The page script of the app hands the fragment to its server.
  'healthy-fragment': {
    async play(stage) {
      const app = await stage.app('spa');
      const attempt = await app.login(stage.userAgent(), { more: { response_mode: 'fragment' } });
      assert.ok(attempt.callback.hash, 'the response is not in the fragment');
      expectGranted(await app.redeem(fromFragment(attempt)));
    },
  },

  'healthy-form-post': login({}, 'web', { more: { response_mode: 'form_post' } }),

  // What the page posts goes over the wire, to an app that listens.
  'healthy-form-post-loopback': {
    async play(stage) {
      const app = await stage.app('desktop');
      const userAgent = stage.userAgent();
      await listening(async (port) => {
        const redirectUri = `http://127.0.0.1:${port}/cb`;
        const attempt = await app.login(userAgent, { redirectUri, more: { response_mode: 'form_post' } });
        assert.ok(attempt.callback.form, 'the response is not in a form');
        await userAgent.deliver(attempt.callback);
        expectGranted(await app.redeem(attempt));
      });
    },
  },

  // An ID token comes with the code, in the fragment (OpenID Connect Core §3.3).
  'healthy-hybrid': {
    provider: HYBRID,
    async play(stage) {
      const app = await stage.app('web');
      openid.useCodeIdTokenResponseType(app.configuration);
      await app.loginForTokens(stage.userAgent(), { more: { nonce: openid.randomNonce() } });
    },
  },

  'healthy-hybrid-form-post': {
    provider: HYBRID,
    async play(stage) {
      const app = await stage.app('web');
      openid.useCodeIdTokenResponseType(app.configuration);
      const more = { nonce: openid.randomNonce(), response_mode: 'form_post' };
      await app.loginForTokens(stage.userAgent(), { more });
    },
  },

  // A sign-in that asks for no access at all (OpenID Connect Core §3.2).
  'healthy-implicit-id-token': {
    provider: HYBRID,
    async play(stage) {
      const app = await stage.app('web');
      openid.useIdTokenResponseType(app.configuration);
      const nonce = openid.randomNonce();
      const { callback, state } = await app.login(stage.userAgent(), { scope: 'openid', pkce: false, more: { nonce } });
      await openid.implicitAuthentication(app.configuration, new URL(callback), nonce, { expectedState: state });
    },
  },

  // The person reads the page before they say no, and thinks better of it: a new attempt of the same user agent.
  'healthy-denied': {
    async play(stage) {
      const app = await stage.app('spa');
      const userAgent = stage.userAgent();
      userAgent.declines = true;
      const { callback } = await app.login(userAgent);
      assert.equal(callback.searchParams.get('error'), 'access_denied');
      userAgent.declines = false;
      await app.loginForTokens(userAgent);
    },
  },

  'healthy-denied-form-post': {
    async play(stage) {
      const app = await stage.app('web');
      const userAgent = stage.userAgent();
      userAgent.declines = true;
      const { callback } = await app.login(userAgent, { more: { response_mode: 'form_post' } });
      assert.equal(parametersOf(callback).get('error'), 'access_denied');
    },
  },

  // The refusal goes over the wire, to an app that listens.
  'healthy-denied-loopback': {
    async play(stage) {
      const app = await stage.app('desktop');
      const userAgent = stage.userAgent();
      userAgent.declines = true;
      await listening(async (port) => {
        const { callback } = await app.login(userAgent, { redirectUri: `http://127.0.0.1:${port}/cb` });
        await userAgent.deliver(callback);
      });
    },
  },

  'healthy-pairwise': {
    provider: { pairwise: true, clients: { web: { subject_type: 'pairwise', redirect_uris: ['https://app.test/cb'] } } },
    async play(stage) {
      const userAgent = stage.userAgent();
      const [web, spa] = [await stage.app('web'), await stage.app('spa')];
      const pairwise = await web.loginForTokens(userAgent);
      const open = await spa.loginForTokens(userAgent);
      const [{ sub }, known] = [await web.userInfo(pairwise.tokens), await spa.userInfo(open.tokens)];
      assert.notEqual(sub, known.sub);
    },
  },
};

function login(provider, clientId, options) {
  return {
    provider,
    async play(stage) {
      const app = await stage.app(clientId);
      await app.loginForTokens(stage.userAgent(), options);
    },
  };
}

// The response is a JWT, and its claims are the parameters (JARM).
function jarm(clientId, options) {
  return {
    provider: JARM,
    async play(stage) {
      const app = await stage.app(clientId);
      openid.useJwtResponseMode(app.configuration);
      const attempt = await app.login(stage.userAgent(), options);
      assert.ok(attempt.callback.searchParams.has('response'), 'the response is not a JWT');
      const { tokens } = expectGranted(await app.redeem(attempt));
      expectGranted(await app.refresh(tokens.refresh_token));
    },
  };
}

/** The attempt as the server of an app gets it from the page to which the fragment came. */
export function fromFragment(attempt) {
  const callback = new URL(attempt.callback);
  [callback.search, callback.hash] = [callback.hash.slice(1), ''];
  return { ...attempt, callback };
}

/** An app that makes a key and registers with it. */
export async function registered(stage, method) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const jwk = await crypto.subtle.exportKey('jwk', publicKey);
  const key = { key: privateKey, kid: 'of-this-run' };
  const metadata = {
    redirect_uris: ['https://app.test/cb'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: method,
    request_object_signing_alg: 'ES256',
    require_signed_request_object: true,
    jwks: { keys: [{ ...jwk, kid: key.kid, use: 'sig', alg: 'ES256' }] },
  };
  const authentication = method === 'none' ? openid.None() : openid.PrivateKeyJwt(key);
  return { app: await stage.registers(metadata, authentication), key };
}

async function listening(play) {
  const listener = createServer((request, response) => response.end('You may close this window.'));
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  try {
    await play(listener.address().port);
  } finally {
    listener.closeAllConnections();
    listener.close();
  }
}
