// All scenarios by name. Each names the cause that a diagnosis must find, or none when all is well,
// the options that the provider has to be started with, and what may be warned of though all is well.

import { assertions } from './assertions.mjs';
import { carried } from './carried.mjs';
import { clients } from './clients.mjs';
import { codes } from './codes.mjs';
import { healthy } from './healthy.mjs';
import { healthyAuthorizations } from './healthy_authorizations.mjs';
import { healthyGrants } from './healthy_grants.mjs';
import { healthySessions } from './healthy_sessions.mjs';
import { pkce } from './pkce.mjs';
import { redirectUris } from './redirect_uris.mjs';
import { refreshTokens } from './refresh_tokens.mjs';

export const scenarios = {
  ...codes,
  ...redirectUris,
  ...pkce,
  ...carried,
  ...clients,
  ...assertions,
  ...refreshTokens,
  ...healthy,
  ...healthyAuthorizations,
  ...healthyGrants,
  ...healthySessions,
};
