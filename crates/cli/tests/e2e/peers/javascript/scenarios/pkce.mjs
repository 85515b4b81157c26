// Code verifiers that do not fit the challenge of the authorization request.

import { randomPKCECodeVerifier } from 'openid-client';
import { expectGranted, expectRefused } from '../outcome.mjs';

export const pkce = {
  'pkce-verifier-mismatch': {
    cause: 'pkce-verifier-mismatch',
    async play(stage) {
      const app = await stage.app('spa');
      const login = await app.login(stage.userAgent());
      expectRefused(await app.redeem({ ...login, verifier: randomPKCECodeVerifier() }));
    },
  },

  // Two tabs, one place in the session for the verifier: the later login overwrites the earlier.
  'pkce-verifier-of-another-attempt': {
    cause: 'pkce-verifier-mismatch',
    async play(stage) {
      const app = await stage.app('spa');
      const userAgent = stage.userAgent();
      const first = await app.login(userAgent);
      const second = await app.login(userAgent);
      expectRefused(await app.redeem({ ...first, verifier: second.verifier }));
      expectGranted(await app.redeem(second));
    },
  },

  'pkce-verifier-missing': {
    cause: 'pkce-verifier-missing',
    async play(stage) {
      const app = await stage.app('spa');
      const login = await app.login(stage.userAgent());
      expectRefused(await app.redeem({ ...login, verifier: undefined }));
    },
  },

  'pkce-verifier-unexpected': {
    cause: 'pkce-verifier-unexpected',
    async play(stage) {
      const app = await stage.app('web');
      const login = await app.login(stage.userAgent(), { pkce: false });
      expectRefused(await app.redeem({ ...login, verifier: randomPKCECodeVerifier() }));
    },
  },

  'pkce-verifier-malformed': {
    cause: 'pkce-verifier-malformed',
    async play(stage) {
      const app = await stage.app('spa');
      const login = await app.login(stage.userAgent());
      expectRefused(await app.redeem({ ...login, verifier: login.verifier.slice(0, 20) }), 'invalid_request');
    },
  },
};
