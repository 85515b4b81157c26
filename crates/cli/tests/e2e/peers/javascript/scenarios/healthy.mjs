// Flows in which nothing is refused, and the device flow that nobody finishes in time.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import * as openid from 'openid-client';
import { expectGranted, expectRefused, outcomeOf } from '../outcome.mjs';

const GENERATIONS = 4;

export const healthy = {
  'healthy-code-pkce': login('spa'),
  'healthy-confidential': login('web', { pkce: false }),
  'healthy-confidential-post': login('web-post'),
  'healthy-par': login('web', { pushed: true }),

  'healthy-refresh-rotation': {
    async play(stage) {
      const app = await stage.app('spa');
      let { tokens } = await app.loginForTokens(stage.userAgent());
      for (let generation = 0; generation < GENERATIONS; generation += 1) {
        const previous = tokens.refresh_token;
        ({ tokens } = expectGranted(await app.refresh(previous)));
        assert.notEqual(tokens.refresh_token, previous, 'the refresh token was not rotated');
      }
    },
  },

  'healthy-client-credentials': {
    async play(stage) {
      const app = await stage.app('machine');
      expectGranted(await app.clientCredentials());
    },
  },

  // Three people at once. Three tabs of one browser do not do: the server takes the change of the
  // session cookie by one tab for an attack on the others.
  'healthy-parallel-logins': {
    async play(stage) {
      const app = await stage.app('spa');
      const userAgents = [stage.userAgent(), stage.userAgent(), stage.userAgent()];
      const logins = await Promise.all(userAgents.map((userAgent) => app.login(userAgent)));
      const outcomes = await Promise.all(logins.map((attempt) => app.redeem(attempt)));
      outcomes.forEach(expectGranted);
    },
  },

  // The user agent signs in while the device polls: authorization_pending on the way is no refusal.
  'healthy-device': {
    async play(stage) {
      const app = await stage.app('tv');
      const device = await openid.initiateDeviceAuthorization(app.configuration, { scope: 'openid' });
      expectRefused(await pollOnce(app, device), 'authorization_pending');
      await stage.userAgent().read(device.verification_uri_complete);
      expectGranted(await pollOnce(app, device));
    },
  },

  'device-code-expired': {
    cause: 'device-code-expired',
    provider: { ttl: { DeviceCode: 1 } },
    async play(stage) {
      const app = await stage.app('tv');
      const device = await openid.initiateDeviceAuthorization(app.configuration, { scope: 'openid' });
      await stage.outliveGrant();
      expectRefused(await pollOnce(app, device), 'expired_token');
    },
  },

  // A native app listens on a port of its own, so that the callback goes over the wire as well.
  'healthy-loopback': {
    async play(stage) {
      const listener = createServer((request, response) => response.end('You may close this window.'));
      await once(listener.listen(0, '127.0.0.1'), 'listening');
      try {
        const app = await stage.app('desktop');
        const userAgent = stage.userAgent();
        const attempt = await app.login(userAgent, { redirectUri: `http://127.0.0.1:${listener.address().port}/cb` });
        await userAgent.deliver(attempt.callback);
        expectGranted(await app.redeem(attempt));
      } finally {
        listener.closeAllConnections();
        listener.close();
      }
    },
  },
};

function login(clientId, options) {
  return {
    async play(stage) {
      const app = await stage.app(clientId);
      await app.loginForTokens(stage.userAgent(), options);
    },
  };
}

function pollOnce(app, { device_code }) {
  const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
  return outcomeOf(openid.genericGrantRequest(app.configuration, grantType, { device_code }));
}
