// Grants in which nothing is refused for good: those that are proven with a key, bound to a resource, or made elsewhere.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import * as openid from 'openid-client';
import { expectGranted, expectRefused } from '../outcome.mjs';

const API = 'https://api.test';
const CIBA = 'urn:openid:params:grant-type:ciba';
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const RESOURCE_SERVER = { resourceServer: 'api:read api:write' };
const AFTER_MS = 300;

export const healthyGrants = {
  'healthy-dpop': { play: proven({}) },

  // The server asks for its nonce first: the refusal that carries it is a step, and is answered at once (RFC 9449 §8).
  'healthy-dpop-nonce': { provider: { dpopNonce: true }, play: proven({}) },
  'healthy-dpop-nonce-par': { provider: { dpopNonce: true }, play: proven({ pushed: true }) },

  'healthy-dpop-client-credentials': {
    provider: { dpopNonce: true },
    async play(stage) {
      const app = await stage.app('machine');
      await app.proveWithKey();
      expectGranted(await app.clientCredentials());
      expectGranted(await app.clientCredentials());
    },
  },

  'healthy-resource': {
    provider: RESOURCE_SERVER,
    async play(stage) {
      const app = await stage.app('spa');
      const scope = 'openid offline_access api:read api:write';
      const login = await app.login(stage.userAgent(), { scope, more: { resource: API } });
      const { tokens } = expectGranted(await app.redeem(login, { resource: API }));
      assert.equal(tokens.access_token.split('.').length, 3, 'the access token is no JWT');
      expectGranted(await app.refresh(tokens.refresh_token, { resource: API, scope: 'api:read' }));
    },
  },

  'healthy-resource-client-credentials': {
    provider: RESOURCE_SERVER,
    async play(stage) {
      const app = await stage.app('machine');
      const { tokens } = expectGranted(await app.clientCredentials({ resource: API, scope: 'api:read' }));
      assert.equal(tokens.access_token.split('.').length, 3, 'the access token is no JWT');
    },
  },

  // A client that asks often: it keeps no token.
  'healthy-client-credentials-often': {
    async play(stage) {
      const app = await stage.app('machine');
      for (let time = 0; time < 12; time += 1) expectGranted(await app.clientCredentials());
    },
  },

  // The person agrees on another device while the client polls (OpenID Connect CIBA).
  'healthy-ciba': {
    provider: {
      ciba: AFTER_MS,
      clients: { machine: { grant_types: ['client_credentials', CIBA], backchannel_token_delivery_mode: 'poll' } },
    },
    async play(stage) {
      const app = await stage.app('machine');
      const parameters = { scope: 'openid', login_hint: 'alice', binding_message: 'W4SCT' };
      const { auth_req_id } = await openid.initiateBackchannelAuthentication(app.configuration, parameters);
      expectRefused(await app.request(CIBA, { auth_req_id }), 'authorization_pending');
      await sleep(2 * AFTER_MS);
      expectGranted(await app.request(CIBA, { auth_req_id }));
    },
  },

  'healthy-token-exchange': {
    provider: {
      tokenExchange: true,
      clients: { machine: { grant_types: ['client_credentials', TOKEN_EXCHANGE] } },
    },
    async play(stage) {
      const spa = await stage.app('spa');
      const { tokens } = await spa.loginForTokens(stage.userAgent());
      const service = await stage.app('machine');
      const subject = { subject_token: tokens.access_token, subject_token_type: ACCESS_TOKEN, scope: 'openid' };
      expectGranted(await service.request(TOKEN_EXCHANGE, subject));
      expectGranted(await service.request(TOKEN_EXCHANGE, subject));
    },
  },

  // The device polls several times before the person is done, and refreshes after that.
  'healthy-device-refresh': {
    async play(stage) {
      const app = await stage.app('tv');
      const request = { scope: 'openid offline_access', prompt: 'consent' };
      const device = await openid.initiateDeviceAuthorization(app.configuration, request);
      const poll = () => app.request(DEVICE_CODE, { device_code: device.device_code });
      for (let time = 0; time < 3; time += 1) expectRefused(await poll(), 'authorization_pending');
      await stage.userAgent().read(device.verification_uri_complete);
      const { tokens } = expectGranted(await poll());
      expectGranted(await app.refresh(tokens.refresh_token));
    },
  },
};

// A login and refreshes, each with a proof of the same key. The refresh token is bound to it, and need not rotate.
function proven(options) {
  return async (stage) => {
    const app = await stage.app('spa');
    await app.proveWithKey();
    const { tokens } = await app.loginForTokens(stage.userAgent(), options);
    await app.userInfo(tokens);
    const { tokens: refreshed } = expectGranted(await app.refresh(tokens.refresh_token));
    expectGranted(await app.refresh(refreshed.refresh_token ?? tokens.refresh_token));
  };
}
