// Sessions in which nothing is refused, from the login to the logout.

import assert from 'node:assert/strict';
import * as openid from 'openid-client';
import { expectGranted } from '../outcome.mjs';

const GENERATIONS = 3;
const SILENT = { scope: 'openid', more: { prompt: 'none' } };

export const healthySessions = {
  'healthy-rotation-on': { provider: { rotateRefreshToken: true }, play: refreshes('web', assert.notEqual) },
  'healthy-rotation-off': { provider: { rotateRefreshToken: false }, play: refreshes('web', assert.equal) },

  // RFC 9700 §2.2.2 asks for more, so that a warning is due.
  'healthy-rotation-off-public': {
    provider: { rotateRefreshToken: false },
    warnings: ['refresh-without-rotation'],
    play: refreshes('spa', assert.equal),
  },

  // The token that a narrower request brings is as wide as the one before (RFC 6749 §6).
  'healthy-refresh-narrower': {
    async play(stage) {
      const app = await stage.app('spa');
      const { tokens } = await app.loginForTokens(stage.userAgent());
      const { tokens: narrow } = expectGranted(await app.refresh(tokens.refresh_token, { scope: 'openid' }));
      const { tokens: wide } = expectGranted(await app.refresh(narrow.refresh_token, { scope: 'openid offline_access' }));
      expectGranted(await app.refresh(wide.refresh_token));
    },
  },

  // A page renews its tokens in a hidden frame, as long as the person has a session at the server.
  'healthy-silent-renewal': {
    async play(stage) {
      const app = await stage.app('spa');
      const userAgent = stage.userAgent();
      await app.loginForTokens(userAgent, { scope: 'openid' });
      for (let time = 0; time < GENERATIONS; time += 1) await app.loginForTokens(userAgent, SILENT);
    },
  },

  // Two tabs renew at once.
  'healthy-silent-renewals-at-once': {
    async play(stage) {
      const app = await stage.app('spa');
      const userAgent = stage.userAgent();
      await app.loginForTokens(userAgent, { scope: 'openid' });
      await Promise.all([1, 2].map(() => app.loginForTokens(userAgent, SILENT)));
    },
  },

  // Without a session the frame is told so, and the person signs in.
  'healthy-silent-login-required': {
    async play(stage) {
      const app = await stage.app('spa');
      const userAgent = stage.userAgent();
      const { callback } = await app.login(userAgent, SILENT);
      assert.equal(callback.searchParams.get('error'), 'login_required');
      await app.loginForTokens(userAgent, { scope: 'openid' });
      await app.loginForTokens(userAgent, SILENT);
    },
  },

  'healthy-reauthentication': {
    async play(stage) {
      const app = await stage.app('web');
      const userAgent = stage.userAgent();
      await app.loginForTokens(userAgent);
      await app.loginForTokens(userAgent, { scope: 'openid', more: { prompt: 'login' } });
      await app.loginForTokens(userAgent, { scope: 'openid', more: { max_age: '3600' } });
    },
  },

  'healthy-single-sign-on': {
    async play(stage) {
      const userAgent = stage.userAgent();
      for (const clientId of ['web', 'spa', 'web-post']) {
        const app = await stage.app(clientId);
        await app.loginForTokens(userAgent);
      }
    },
  },

  'healthy-login-after-logout': {
    async play(stage) {
      const app = await stage.app('spa');
      const userAgent = stage.userAgent();
      const { tokens } = await app.loginForTokens(userAgent);
      await app.logout(userAgent, tokens);
      const { tokens: again } = await app.loginForTokens(userAgent);
      expectGranted(await app.refresh(again.refresh_token));
      await app.logout(userAgent, again);
    },
  },

  // Access tokens in use, and at the end of the session revoked with all that is left.
  'healthy-introspection-revocation': {
    async play(stage) {
      const app = await stage.app('web');
      const userAgent = stage.userAgent();
      const { tokens } = await app.loginForTokens(userAgent);
      assert.equal(await isActive(app, tokens.access_token), true);
      await app.userInfo(tokens);
      const { tokens: refreshed } = expectGranted(await app.refresh(tokens.refresh_token));
      assert.equal(await isActive(app, refreshed.access_token), true);
      await app.userInfo(refreshed);
      await revoke(app, tokens.access_token, 'access_token');
      assert.equal(await isActive(app, tokens.access_token), false);
      await revoke(app, refreshed.refresh_token ?? tokens.refresh_token, 'refresh_token');
      await app.logout(userAgent, tokens);
      await app.loginForTokens(userAgent);
    },
  },

  // A resource server asks about a token that is none of its own, and about one that never was.
  'healthy-introspection-of-unknown': {
    async play(stage) {
      const app = await stage.app('web');
      assert.equal(await isActive(app, openid.randomState()), false);
      await revoke(app, openid.randomState(), 'access_token');
      await app.loginForTokens(stage.userAgent());
    },
  },

  // A person who is at two devices, and logs out at one of them.
  'healthy-two-devices': {
    async play(stage) {
      const app = await stage.app('spa');
      const [desk, pocket] = [stage.userAgent(), stage.userAgent()];
      const [first, second] = [await app.loginForTokens(desk), await app.loginForTokens(pocket)];
      await app.logout(desk, first.tokens);
      let { tokens } = second;
      for (let time = 0; time < GENERATIONS; time += 1) {
        ({ tokens } = expectGranted(await app.refresh(tokens.refresh_token)));
      }
    },
  },

  // Families of refresh tokens that are used in turn, and at the same time.
  'healthy-parallel-refreshes': {
    async play(stage) {
      const app = await stage.app('spa');
      const people = await Promise.all([1, 2, 3].map(() => app.loginForTokens(stage.userAgent())));
      let tokens = people.map((person) => person.tokens);
      for (let time = 0; time < GENERATIONS; time += 1) {
        const outcomes = await Promise.all(tokens.map((of) => app.refresh(of.refresh_token)));
        tokens = outcomes.map((outcome) => expectGranted(outcome).tokens);
      }
    },
  },

  // The person begins a login, leaves, and begins another: the first is never finished.
  'healthy-abandoned-login': {
    async play(stage) {
      const app = await stage.app('spa');
      await app.attempt();
      const login = await app.login(stage.userAgent());
      expectGranted(await app.redeem(login));
      await app.attempt({ pushed: true });
    },
  },
};

// Several refreshes, after each of which the token is compared with the one before.
function refreshes(clientId, compare) {
  return async (stage) => {
    const app = await stage.app(clientId);
    let { tokens } = await app.loginForTokens(stage.userAgent());
    for (let generation = 0; generation < GENERATIONS; generation += 1) {
      const previous = tokens.refresh_token;
      const { tokens: next } = expectGranted(await app.refresh(previous));
      compare(next.refresh_token ?? previous, previous);
      tokens = { ...tokens, ...next };
    }
  };
}

async function isActive(app, token) {
  const { active } = await openid.tokenIntrospection(app.configuration, token);
  return active;
}

function revoke(app, token, hint) {
  return openid.tokenRevocation(app.configuration, token, { token_type_hint: hint });
}
