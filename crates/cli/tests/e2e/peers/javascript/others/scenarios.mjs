// What is played at the other servers. `cause` and `verdict` are what a diagnosis has to say of the last refusal.

import { CLIENTS } from './clients.mjs';
import { basic } from './app.mjs';

const { agent, second, public: open } = CLIENTS;
const nobody = { client_id: undefined, client_secret: undefined };
const refresh = (tokens) => ({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...agent });

/** A login whose token request is spoilt by `faults`. */
const spoilt = (server, cause, verdict, faults) => ({
  server,
  cause,
  verdict,
  play: async (app) => {
    const right = await app.login();
    return app.refused({ ...right, ...faults(right) });
  },
});

const reused = (server, verdict) => ({
  server,
  cause: 'code-reused',
  verdict,
  play: async (app) => {
    const right = await app.login();
    await app.granted(right);
    await app.refused(right);
  },
});

const namedInHeader = (server) => ({
  server,
  cause: 'client-credentials-wrong',
  verdict: 'likely',
  play: async (app) => app.refused({ ...await app.login(), ...nobody }, basic(agent)),
});

const truncated = ({ code }) => ({ code: code.slice(0, -4) });
const otherVerifier = () => ({ code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' });
const withSlash = ({ redirect_uri }) => ({ redirect_uri: `${redirect_uri}/` });
const without = (name) => () => ({ [name]: undefined });

export const scenarios = {
  // The provider of the examples throws, and the SDK answers 500: the traffic alone tells.
  'mcp-code-reused': reused('mcp', 'likely'),
  'mcp-code-altered': spoilt('mcp', 'code-altered', 'likely', truncated),
  'mcp-code-wrong-client': spoilt('mcp', 'code-wrong-client', 'likely', () => second),
  // Its validator names a parameter in words of its own.
  'mcp-code-missing': spoilt('mcp', 'code-unknown', 'proven', without('code')),
  'mcp-pkce-verifier-missing': spoilt('mcp', 'pkce-verifier-missing', 'proven', without('code_verifier')),
  'mcp-pkce-verifier-mismatch': spoilt('mcp', 'pkce-verifier-mismatch', 'proven', otherVerifier),
  'mcp-secret-wrong': spoilt('mcp', 'client-credentials-wrong', 'likely', () => ({ client_secret: second.client_secret })),
  'mcp-client-in-header': namedInHeader('mcp'),
  'mcp-client-not-allowed': {
    server: 'mcp',
    cause: 'client-not-allowed',
    verdict: 'proven',
    play: (app) => app.refused({ grant_type: 'client_credentials', ...agent }),
  },
  'mcp-healthy': { server: 'mcp', play: async (app) => app.granted(await app.login()) },
  'mcp-healthy-public': { server: 'mcp', play: async (app) => app.granted(await app.login(open)) },

  'openauth-code-reused': reused('openauth', 'proven'),
  'openauth-code-altered': spoilt('openauth', 'code-altered', 'proven', truncated),
  'openauth-code-wrong-client': spoilt('openauth', 'code-wrong-client', 'proven', () => second),
  'openauth-redirect-uri-mismatch': spoilt('openauth', 'redirect-uri-mismatch', 'proven', withSlash),
  'openauth-redirect-uri-missing': spoilt('openauth', 'redirect-uri-missing', 'proven', without('redirect_uri')),
  'openauth-pkce-verifier-mismatch': spoilt('openauth', 'pkce-verifier-mismatch', 'proven', otherVerifier),
  'openauth-pkce-verifier-missing': spoilt('openauth', 'pkce-verifier-missing', 'proven', without('code_verifier')),
  'openauth-no-client': spoilt('openauth', 'client-credentials-wrong', 'likely', () => nobody),
  'openauth-client-in-header': namedInHeader('openauth'),
  'openauth-refresh-rotated': {
    server: 'openauth',
    cause: 'refresh-rotated',
    verdict: 'proven',
    play: async (app) => {
      const first = await app.granted(await app.login());
      await app.granted(refresh(first));
      await app.refused(refresh(first));
    },
  },
  'openauth-refresh-altered': {
    server: 'openauth',
    cause: 'refresh-altered',
    verdict: 'proven',
    play: async (app) => {
      const { refresh_token } = await app.granted(await app.login());
      await app.refused(refresh({ refresh_token: refresh_token.slice(0, -3) }));
    },
  },
  'openauth-healthy': {
    server: 'openauth',
    play: async (app) => app.granted(refresh(await app.granted(await app.login()))),
  },
};
