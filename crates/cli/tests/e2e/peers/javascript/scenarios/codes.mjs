// Codes that were used, expired, altered, or never issued to this client.

import { randomBytes } from 'node:crypto';
import { expectGranted, expectOneRefused, expectRefused } from '../outcome.mjs';

export const codes = {
  'code-reused-sequential': {
    cause: 'code-reused',
    async play(stage) {
      const app = await stage.app('web');
      const login = await app.login(stage.userAgent());
      expectGranted(await app.redeem(login));
      expectRefused(await app.redeem(login));
    },
  },

  'code-reused-concurrent': {
    cause: 'code-reused',
    async play(stage) {
      const app = await stage.app('web');
      const login = await app.login(stage.userAgent());
      expectOneRefused(await Promise.all([app.redeem(login), app.redeem(login)]));
    },
  },

  // The app takes its first answer for lost and tries twice again. The first retry makes the server
  // revoke the grant, so that the second meets a code that is gone altogether.
  'code-reused-retry': {
    cause: 'code-reused',
    async play(stage) {
      const app = await stage.app('spa');
      const login = await app.login(stage.userAgent());
      expectGranted(await app.redeem(login));
      expectRefused(await app.redeem(login));
      expectRefused(await app.redeem(login));
    },
  },

  'code-expired': {
    cause: 'code-expired',
    provider: { ttl: { AuthorizationCode: 1 } },
    async play(stage) {
      const app = await stage.app('spa');
      const login = await app.login(stage.userAgent());
      await stage.outliveGrant();
      expectRefused(await app.redeem(login));
    },
  },

  'code-wrong-client': {
    cause: 'code-wrong-client',
    async play(stage) {
      const app = await stage.app('spa');
      const other = await stage.app('other');
      expectRefused(await other.redeem(await app.login(stage.userAgent())));
    },
  },

  'code-altered-encoded': altered((code) => encodeEvery(code)),
  'code-altered-truncated': altered((code) => code.slice(0, -4)),
  'code-altered-lowercased': altered((code) => code.toLowerCase()),
  'code-altered-padded': altered((code) => `${code}\n`),

  'code-unknown': {
    cause: 'code-unknown',
    async play(stage) {
      const app = await stage.app('spa');
      const login = await app.login(stage.userAgent());
      expectRefused(await app.redeem(withCode(login, randomBytes(32).toString('base64url'))));
    },
  },
};

function altered(alter) {
  return {
    cause: 'code-altered',
    async play(stage) {
      const app = await stage.app('spa');
      const login = await app.login(stage.userAgent());
      expectRefused(await app.redeem(withCode(login, alter(login.code))));
    },
  };
}

function withCode(login, code) {
  const callback = new URL(login.callback);
  callback.searchParams.set('code', code);
  return { ...login, callback };
}

// An encoder that spares no character, so that the form's own encoding makes it the second.
function encodeEvery(code) {
  return [...Buffer.from(code)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join('');
}
