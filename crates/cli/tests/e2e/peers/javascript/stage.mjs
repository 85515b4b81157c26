// What a scenario plays on: apps, user agents and the time.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as openid from 'openid-client';
import { App } from './app.mjs';
import { UserAgent } from './user_agent.mjs';

const clients = JSON.parse(readFileSync(new URL('../clients.json', import.meta.url)));

const AUTHENTICATIONS = {
  none: () => openid.None(),
  client_secret_basic: openid.ClientSecretBasic,
  client_secret_post: openid.ClientSecretPost,
  client_secret_jwt: openid.ClientSecretJwt,
};

export class Stage {
  constructor({ issuer, lifetime, report, wire }) {
    this.issuer = issuer;
    this.lifetime = lifetime;
    this.report = report;
    this.wire = wire;
  }

  /** The registered client `clientId`, with the authentication it is registered with or another. */
  app(clientId, authentication = registeredAuthentication(clientId)) {
    return App.discover(this.issuer, clientId, authentication, this.wire);
  }

  /** A client that nobody registered before: it registers itself. */
  registers(metadata, authentication) {
    return App.register(this.issuer, metadata, authentication, this.wire);
  }

  userAgent() {
    return new UserAgent(this.wire, this.report);
  }

  /** Nothing but time makes a grant expire; a second more, for the server counts whole seconds. */
  outliveGrant() {
    return sleep((this.lifetime + 1) * 1000);
  }
}

export function secretOf(clientId) {
  return clients.find((client) => client.client_id === clientId).client_secret;
}

function registeredAuthentication(clientId) {
  const client = clients.find((known) => known.client_id === clientId);
  return AUTHENTICATIONS[client.token_endpoint_auth_method](client.client_secret);
}
