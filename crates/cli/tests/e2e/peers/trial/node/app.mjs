// An app with a login, by openid-client, that names another redirect URI when it redeems the code.
import { createServer } from 'node:http';
import * as client from 'openid-client';

const { ISSUER, PORT, CLIENT_ID, CLIENT_SECRET } = process.env;
const options = ISSUER.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {};
const server = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, client.ClientSecretBasic(), options);
const here = `http://localhost:${PORT}`;
const state = client.randomState();

const pages = {
  '/': () => [200, '<a href="/login">Log in</a>'],
  '/login': () => {
    const parameters = { redirect_uri: `${here}/cb`, scope: 'openid', state };
    return [302, '', { Location: client.buildAuthorizationUrl(server, parameters).href }];
  },
  '/cb': async (url) => {
    const callback = new URL(url.href.replace('/cb?', '/cb/?'));
    try {
      await client.authorizationCodeGrant(server, callback, { expectedState: state });
      return [200, 'logged in'];
    } catch (refused) {
      return [500, `login failed: ${refused.error ?? refused}`];
    }
  },
};

createServer(async (request, response) => {
  const url = new URL(request.url, here);
  const [status, text, headers] = (await pages[url.pathname]?.(url)) ?? [404, ''];
  response.writeHead(status, { 'Content-Type': 'text/html', ...headers }).end(text);
}).listen(Number(PORT), '127.0.0.1');
