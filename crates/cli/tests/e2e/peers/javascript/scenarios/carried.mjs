// A wrong verifier after logins that are carried in other ways than the usual: whoever tells what is wrong has read both,
// the request with the challenge and the response with the code.

import * as openid from 'openid-client';
import { expectRefused } from '../outcome.mjs';
import { HYBRID, JARM, REGISTRATION, fromFragment, registered } from './healthy_authorizations.mjs';

export const carried = {
  'pkce-verifier-mismatch-par': mismatch({}, 'spa', () => ({ pushed: true })),
  'pkce-verifier-mismatch-form-post': mismatch({}, 'spa', () => ({ more: { response_mode: 'form_post' } })),

  'pkce-verifier-mismatch-fragment': {
    cause: 'pkce-verifier-mismatch',
    async play(stage) {
      const app = await stage.app('spa');
      const login = await app.login(stage.userAgent(), { more: { response_mode: 'fragment' } });
      await redeemWrongly(app, fromFragment(login));
    },
  },

  'pkce-verifier-mismatch-jarm': mismatch(JARM, 'spa', (app) => {
    openid.useJwtResponseMode(app.configuration);
    return {};
  }),

  'pkce-verifier-mismatch-hybrid': mismatch(HYBRID, 'web', (app) => {
    openid.useCodeIdTokenResponseType(app.configuration);
    return { more: { nonce: openid.randomNonce() } };
  }),

  'pkce-verifier-mismatch-jar': signed({}),
  'pkce-verifier-mismatch-jar-par': signed({ pushed: true }),

  'pkce-verifier-mismatch-dpop-nonce': mismatch({ dpopNonce: true }, 'spa', async (app) => {
    await app.proveWithKey();
    return {};
  }),
};

function mismatch(provider, clientId, prepare) {
  return {
    cause: 'pkce-verifier-mismatch',
    provider,
    async play(stage) {
      const app = await stage.app(clientId);
      const options = await prepare(app);
      await redeemWrongly(app, await app.login(stage.userAgent(), options));
    },
  };
}

function signed(options) {
  return {
    cause: 'pkce-verifier-mismatch',
    provider: REGISTRATION,
    async play(stage) {
      const { app, key } = await registered(stage, 'none');
      await redeemWrongly(app, await app.login(stage.userAgent(), { ...options, signed: key }));
    },
  };
}

async function redeemWrongly(app, login) {
  expectRefused(await app.redeem({ ...login, verifier: openid.randomPKCECodeVerifier() }));
}
