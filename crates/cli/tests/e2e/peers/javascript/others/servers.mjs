// Authorization servers besides oidc-provider, each as its makers ship it: a function from the issuer to what answers requests.
// Who asks is logged in and consents at once.

import { issuer as openAuth } from '@openauthjs/openauth';
import { MemoryStorage } from '@openauthjs/openauth/storage/memory';
import { createSubjects } from '@openauthjs/openauth/subject';
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import express from 'express';
import { CLIENTS, REDIRECT_URI } from './clients.mjs';

export const servers = { mcp, openauth };

/** The routes of the SDK with the provider of its examples, which throws what is no error of OAuth. */
async function mcp(issuer) {
  const provider = new DemoInMemoryAuthProvider();
  for (const client of Object.values(CLIENTS)) {
    const method = client.client_secret ? 'client_secret_post' : 'none';
    const registered = { ...client, redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: method };
    await provider.clientsStore.registerClient(registered);
  }
  const unlimited = { rateLimit: false };
  return express().use(mcpAuthRouter({
    provider,
    issuerUrl: new URL(issuer),
    authorizationOptions: unlimited,
    tokenOptions: unlimited,
    clientRegistrationOptions: unlimited,
  }));
}

/** It rotates refresh tokens without a grace period, and asks nobody for a secret. */
function openauth(issuer) {
  const anyone = { type: 'anyone', init: (routes, ctx) => routes.get('/authorize', (c) => ctx.success(c, {})) };
  const schema = { '~standard': { version: 1, vendor: 'peers', validate: (value) => ({ value }) } };
  const app = openAuth({
    ttl: { reuse: 0 },
    providers: { anyone },
    storage: MemoryStorage(),
    subjects: createSubjects({ user: schema }),
    allow: async () => true,
    success: (ctx) => ctx.subject('user', { name: 'alice' }),
  });
  console.log = console.error;
  return (incoming, outgoing) => answer(app, issuer, incoming, outgoing);
}

async function answer(app, issuer, incoming, outgoing) {
  const chunks = await incoming.toArray();
  const { method, headers } = incoming;
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
  const response = await app.fetch(new Request(new URL(incoming.url, issuer), { method, headers, body }));
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), 'set-cookie': response.headers.getSetCookie() });
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
