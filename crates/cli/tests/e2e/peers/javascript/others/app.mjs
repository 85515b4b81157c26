// An app without a library: it sends what it is told to, right or wrong.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { CLIENTS, REDIRECT_URI } from './clients.mjs';

export class PlainApp {
  #issuer;
  #userAgent;
  #wire;

  constructor(issuer, userAgent, wire) {
    this.#issuer = issuer;
    this.#userAgent = userAgent;
    this.#wire = wire;
  }

  /** Logs in for `client`, and returns the token request that is right for the code. */
  async login(client = CLIENTS.agent) {
    const code_verifier = randomBytes(48).toString('base64url');
    const url = new URL('/authorize', this.#issuer);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      state: randomBytes(12).toString('base64url'),
      code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const callback = await this.#userAgent.browse(url, REDIRECT_URI);
    const code = callback.searchParams.get('code');
    assert.ok(code, `no code in ${callback}`);
    return { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier, ...client };
  }

  /** A token request with these parameters; what is `undefined` is left out. */
  async ask(parameters, headers = {}) {
    const sent = Object.entries(parameters).filter(([, value]) => value !== undefined);
    const body = new URLSearchParams(sent);
    const response = await this.#wire.fetch(new URL('/token', this.#issuer), { method: 'POST', body, headers });
    return { status: response.status, answer: await response.json() };
  }

  async granted(parameters) {
    const { status, answer } = await this.ask(parameters);
    assert.equal(status, 200, JSON.stringify(answer));
    return answer;
  }

  async refused(parameters, headers) {
    const { status, answer } = await this.ask(parameters, headers);
    assert.ok(status >= 400, `${status} is no refusal`);
    return answer;
  }
}

/** The header that names a client, as RFC 6749 §2.3.1 has it. */
export function basic({ client_id, client_secret }) {
  return { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` };
}
