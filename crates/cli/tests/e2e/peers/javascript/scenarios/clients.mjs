// Clients that do not prove who they are, or may not do what they ask.

import { randomBytes } from 'node:crypto';
import * as openid from 'openid-client';
import { expectGranted, expectRefused } from '../outcome.mjs';
import { secretOf } from '../stage.mjs';

export const clients = {
  'client-credentials-wrong-secret': {
    cause: 'client-credentials-wrong',
    play: (stage) => loginWith(stage, 'web', openid.ClientSecretBasic(randomBytes(16).toString('hex'))),
  },

  'client-credentials-wrong-missing': {
    cause: 'client-credentials-wrong',
    play: (stage) => loginWith(stage, 'web-post', openid.None()),
  },

  // oidc-provider takes a secret in the header for one in the form, and the other way round. A
  // secret for an assertion it does not take.
  'client-credentials-wrong-method': {
    cause: 'client-credentials-wrong',
    play: (stage) => loginWith(stage, 'web-jwt', openid.ClientSecretBasic(secretOf('web-jwt'))),
  },

  // The secret is rolled between a login and the refresh of its tokens.
  'client-credentials-wrong-refresh': {
    cause: 'client-credentials-wrong',
    async play(stage) {
      const app = await stage.app('web');
      const { tokens } = await app.loginForTokens(stage.userAgent());
      const rolled = await stage.app('web', openid.ClientSecretBasic(randomBytes(16).toString('hex')));
      expectRefused(await rolled.refresh(tokens.refresh_token), 'invalid_client', 401);
      expectGranted(await app.refresh(tokens.refresh_token));
    },
  },

  'client-not-allowed': {
    cause: 'client-not-allowed',
    async play(stage) {
      const app = await stage.app('web');
      expectRefused(await app.clientCredentials(), 'invalid_request');
    },
  },
};

async function loginWith(stage, clientId, authentication) {
  const app = await stage.app(clientId, authentication);
  const login = await app.login(stage.userAgent());
  expectRefused(await app.redeem(login), 'invalid_client', 401);
}
