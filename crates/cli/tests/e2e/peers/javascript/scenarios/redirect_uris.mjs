// A redirect_uri that the token request does not repeat as the authorization request had it.

import { expectRefused } from '../outcome.mjs';

export const redirectUris = {
  'redirect-uri-mismatch-slash': mismatch('https://app.test/cb/'),
  'redirect-uri-mismatch-registered': mismatch('http://localhost:3000/cb'),

  'redirect-uri-missing': {
    cause: 'redirect-uri-missing',
    async play(stage) {
      const app = await stage.app('spa');
      const { code, verifier } = await app.login(stage.userAgent());
      expectRefused(await app.request('authorization_code', { code, code_verifier: verifier }), 'invalid_request');
    },
  },
};

// The library takes the redirect_uri from the address that it is called at, so that an app behind
// a proxy that rewrites addresses sends another than the user agent was sent with.
function mismatch(redirectUri) {
  return {
    cause: 'redirect-uri-mismatch',
    async play(stage) {
      const app = await stage.app('web');
      const login = await app.login(stage.userAgent());
      const callback = new URL(redirectUri);
      callback.search = login.callback.search;
      expectRefused(await app.redeem({ ...login, callback }));
    },
  };
}
