// Presents a refresh token by every client that Node programs use, at each server that is named:
//
//   node clients.cjs URL...
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

const clients = {
  node: (url, client) => withNode(url, client, {}),
  'own-agent': (url, client) => withNode(url, client, { agent: ownAgent(url) }),
  'no-agent': (url, client) => withNode(url, client, { agent: false }),
  fetch: withFetch(globalThis.fetch),
  undici: (url, client) =>
    require('undici').request(url, { method: 'POST', headers, body: form(client) })
      .then(async (it) => (await it.body.text(), it.statusCode)),
  'undici-fetch': withFetch(require('undici').fetch),
  'node-fetch': withFetch(require('node-fetch')),
  axios: axios('axios'),
  'axios-1.13': axios('axios-1.13'),
  'axios-0': axios('axios-0'),
  got: (url, client) => import('got').then(({ got }) =>
    got.post(url, { body: form(client), headers, throwHttpErrors: false, retry: { limit: 0 } }))
    .then((it) => it.statusCode),
};

async function play(url, client, send = clients[client]) {
  const status = await send(url, client);
  if (status !== 400 && status !== 401) throw new Error(`${client} at ${url}: ${status}`);
}

async function all(urls) {
  for (const url of urls) {
    for (const client of Object.keys(clients)) {
      await play(url, client).catch((error) => {
        process.exitCode = 1;
        console.error(`${client} at ${url}: ${error.cause ?? error}`);
      });
    }
    new Worker(__filename, { workerData: url });
    fork(__filename, ['--child', url]);
  }
}

if (!isMainThread) play(workerData, 'worker', clients.fetch);
else if (process.argv[2] === '--child') play(process.argv[3], 'child', clients.node);
else all(process.argv.slice(2));
