// Client assertions (RFC 7523) that the server does not take.

import { randomBytes } from 'node:crypto';
import * as openid from 'openid-client';
import { expectGranted, expectRefused } from '../outcome.mjs';
import { secretOf } from '../stage.mjs';

const HOUR_S = 3600;

export const assertions = {
  'assertion-audience-mismatch': refused('assertion-audience-mismatch', (payload) => {
    payload.aud = 'https://elsewhere.test';
  }),

  'assertion-time-invalid': refused('assertion-time-invalid', (payload) => {
    for (const claim of ['iat', 'nbf', 'exp']) payload[claim] -= HOUR_S;
  }),

  'assertion-signature-invalid': {
    cause: 'assertion-signature-invalid',
    async play(stage) {
      const app = await stage.app('web-jwt', openid.ClientSecretJwt(randomBytes(20).toString('hex')));
      expectRefused(await app.redeem(await app.login(stage.userAgent())), 'invalid_client', 401);
    },
  },

  'assertion-replayed': {
    cause: 'assertion-replayed',
    async play(stage) {
      const jti = randomBytes(16).toString('hex');
      const app = await stage.app('web-jwt', assertionWith((payload) => { payload.jti = jti; }));
      const { tokens } = await app.loginForTokens(stage.userAgent());
      expectRefused(await app.refresh(tokens.refresh_token), 'invalid_client', 401);
    },
  },

  'healthy-assertion': {
    async play(stage) {
      const app = await stage.app('web-jwt');
      const { tokens } = await app.loginForTokens(stage.userAgent());
      expectGranted(await app.refresh(tokens.refresh_token));
    },
  },
};

function refused(cause, modify) {
  return {
    cause,
    async play(stage) {
      const app = await stage.app('web-jwt', assertionWith(modify));
      expectRefused(await app.redeem(await app.login(stage.userAgent())), 'invalid_client', 401);
    },
  };
}

function assertionWith(modify) {
  const modifyAssertion = (header, payload) => modify(payload);
  return openid.ClientSecretJwt(secretOf('web-jwt'), { [openid.modifyAssertion]: modifyAssertion });
}
