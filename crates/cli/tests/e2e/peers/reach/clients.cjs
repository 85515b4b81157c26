// Presents a refresh token by clients that programs for Node use, at each server that is named:
//
//   node clients.cjs CLIENT,... URL...
//
// The client_id of each request says which client it was, so that a test can tell who came through.
'use strict';

const { fork } = require('child_process');
const http = require('http');
const https = require('https');
const { Worker, isMainThread, workerData } = require('worker_threads');

const form = (client) => `grant_type=refresh_token&refresh_token=secret-of-${client}&client_id=${client}`;
const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };

function withNode(url, client, options) {
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(url, { method: 'POST', headers, ...options });
    request.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode)));
    request.once('error', reject);
    request.end(form(client));
  });
}

const ownAgent = (url) => new (url.startsWith('https:') ? https : http).Agent({ keepAlive: false });
const axios = (version) => (url, client) =>
  require(version).post(url, form(client), { headers, validateStatus: () => true }).then((it) => it.status);
const withFetch = (fetch) => (url, client) =>
  fetch(url, { method: 'POST', headers, body: form(client) }).then(async (it) => (await it.text(), it.status));

// What a library that reads the answer by itself makes of it.
const refused = (asking) => asking.then(
  () => 200,
  (error) => (String(error.error ?? error.response?.data?.error).includes('invalid_grant') ? 400 : Promise.reject(error)),
);

const clients = {
  node: (url, client) => withNode(url, client, {}),
  'own-agent': (url, client) => withNode(url, client, { agent: ownAgent(url) }),
  'no-agent': (url, client) => withNode(url, client, { agent: false }),
  'own-ca': (url, client) => withNode(url, client, { ca: require('tls').rootCertificates }),
  fetch: (url, client) => withFetch(globalThis.fetch)(url, client),
  undici: (url, client) =>
    require('undici').request(url, { method: 'POST', headers, body: form(client) })
      .then(async (it) => (await it.body.text(), it.statusCode)),
  'undici-fetch': (url, client) => withFetch(require('undici').fetch)(url, client),
  'undici-own-agent': (url, client) => {
    const { Agent, request } = require('undici');
    return request(url, { method: 'POST', headers, body: form(client), dispatcher: new Agent() })
      .then(async (it) => (await it.body.text(), it.statusCode));
  },
  'node-fetch': (url, client) => withFetch(require('node-fetch'))(url, client),
  axios: axios('axios'),
  'axios-1.13': axios('axios-1.13'),
  'axios-0': axios('axios-0'),
  got: (url, client) => import('got').then(({ got }) =>
    got.post(url, { body: form(client), headers, throwHttpErrors: false, retry: { limit: 0 } }))
    .then((it) => it.statusCode),
  'openid-client': async (url, client) => {
    const library = await import('openid-client');
    const server = { issuer: url.replace(/\/token$/, ''), token_endpoint: url };
    const configuration = new library.Configuration(server, client, undefined, library.None());
    if (url.startsWith('http:')) library.allowInsecureRequests(configuration);
    return refused(library.refreshTokenGrant(configuration, `secret-of-${client}`));
  },
  'google-auth-library': async (url, client) => {
    const { OAuth2Client } = require('google-auth-library');
    const app = new OAuth2Client({ clientId: client, endpoints: { oauth2TokenUrl: url } });
    app.setCredentials({ refresh_token: `secret-of-${client}` });
    return refused(app.refreshAccessToken());
  },
  worker: (url) => ended(new Worker(__filename, { workerData: url })),
  child: (url) => ended(fork(__filename, ['--child', url])),
};

const ended = (other) => new Promise((resolve, reject) => {
  other.once('exit', () => resolve(400));
  other.once('error', reject);
});

async function play(url, client, send = clients[client]) {
  try {
    const status = await send(url, client);
    if (status !== 400 && status !== 401) throw new Error(status);
  } catch (error) {
    console.error(`${client} at ${url}: ${error.cause ?? error}`);
  }
}

async function all(names, urls) {
  for (const url of urls) {
    for (const client of names.split(',')) await play(url, client);
  }
  // A client may keep a connection, or watch for something.
  process.exit(0);
}

if (!isMainThread) play(workerData, 'worker', clients.fetch);
else if (process.argv[2] === '--child') play(process.argv[3], 'child', clients.node);
else all(process.argv[2], process.argv.slice(3));
