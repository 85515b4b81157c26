// Refresh tokens that were rotated, revoked, expired, altered or never this client's.

import { randomBytes } from 'node:crypto';
import * as openid from 'openid-client';
import { expectGranted, expectOneRefused, expectRefused } from '../outcome.mjs';

export const refreshTokens = {
  // The old token kills the whole family: the new one, which nobody misused, is refused as well.
  'refresh-rotated': {
    cause: 'refresh-rotated',
    async play(stage) {
      const { app, token } = await loggedIn(stage);
      const { tokens } = expectGranted(await app.refresh(token));
      expectRefused(await app.refresh(token));
      expectRefused(await app.refresh(tokens.refresh_token));
    },
  },

  'refresh-rotated-concurrent': {
    cause: 'refresh-rotated',
    async play(stage) {
      const { app, token } = await loggedIn(stage);
      expectOneRefused(await Promise.all([app.refresh(token), app.refresh(token)]));
    },
  },

  'refresh-revoked': {
    cause: 'refresh-revoked',
    async play(stage) {
      const { app, token } = await loggedIn(stage);
      await openid.tokenRevocation(app.configuration, token, { token_type_hint: 'refresh_token' });
      expectRefused(await app.refresh(token));
    },
  },

  // With an access token the server revokes the refresh token beside it (RFC 7009 §2.1).
  'refresh-revoked-with-access-token': {
    cause: 'refresh-revoked',
    async play(stage) {
      const { app, login, token } = await loggedIn(stage);
      const hint = { token_type_hint: 'access_token' };
      await openid.tokenRevocation(app.configuration, login.tokens.access_token, hint);
      expectRefused(await app.refresh(token));
    },
  },

  'refresh-revoked-by-code-replay': {
    cause: 'refresh-revoked',
    async play(stage) {
      const { app, login, token } = await loggedIn(stage);
      expectRefused(await app.redeem(login));
      expectRefused(await app.refresh(token));
    },
  },

  'refresh-expired': {
    cause: 'refresh-expired',
    provider: { ttl: { RefreshToken: 1 } },
    async play(stage) {
      const { app, token } = await loggedIn(stage);
      await stage.outliveGrant();
      expectRefused(await app.refresh(token));
    },
  },

  'refresh-wrong-client': {
    cause: 'refresh-wrong-client',
    async play(stage) {
      const { token } = await loggedIn(stage);
      const other = await stage.app('other');
      expectRefused(await other.refresh(token));
    },
  },

  'refresh-altered': {
    cause: 'refresh-altered',
    async play(stage) {
      const { app, token } = await loggedIn(stage);
      expectRefused(await app.refresh(token.slice(0, -4)));
      expectGranted(await app.refresh(token));
    },
  },

  'refresh-unknown': {
    cause: 'refresh-unknown',
    async play(stage) {
      const { app } = await loggedIn(stage);
      expectRefused(await app.refresh(randomBytes(32).toString('base64url')));
    },
  },

  'refresh-scope-exceeded': {
    cause: 'refresh-scope-exceeded',
    async play(stage) {
      const { app, token } = await loggedIn(stage);
      expectRefused(await app.refresh(token, { scope: 'openid email' }), 'invalid_scope');
    },
  },

  // Without offline_access a refresh token lives as long as the session at the server does.
  'refresh-session-ended': {
    cause: 'refresh-session-ended',
    provider: { issueRefreshToken: true },
    async play(stage) {
      const app = await stage.app('spa');
      const userAgent = stage.userAgent();
      const { tokens } = await app.loginForTokens(userAgent, { scope: 'openid' });
      const farewell = { post_logout_redirect_uri: 'https://app.test/bye', id_token_hint: tokens.id_token };
      await userAgent.browse(openid.buildEndSessionUrl(app.configuration, farewell), 'https://app.test/bye');
      expectRefused(await app.refresh(tokens.refresh_token));
    },
  },
};

async function loggedIn(stage) {
  const app = await stage.app('spa');
  const login = await app.loginForTokens(stage.userAgent());
  return { app, login, token: login.tokens.refresh_token };
}
