// The app: a client of the authorization server, on top of `openid-client`.

import * as openid from 'openid-client';
import { expectGranted, outcomeOf } from './outcome.mjs';
import { parametersOf } from './user_agent.mjs';

export const REDIRECT_URI = 'https://app.test/cb';
export const FAREWELL_URI = 'https://app.test/bye';

export class App {
  constructor(configuration) {
    this.configuration = configuration;
  }

  static async discover(issuer, clientId, authentication, wire) {
    const options = { [openid.customFetch]: wire.fetch };
    return new App(await openid.discovery(issuer, clientId, undefined, authentication, options));
  }

  /** Registers a client of its own (RFC 7591), which nobody knew before. */
  static async register(issuer, metadata, authentication, wire) {
    const options = { [openid.customFetch]: wire.fetch };
    return new App(await openid.dynamicClientRegistration(issuer, metadata, authentication, options));
  }

  /** From now on each request proves that it comes from the holder of a key (RFC 9449). */
  async proveWithKey() {
    this.proof = { DPoP: openid.getDPoPHandle(this.configuration, await openid.randomDPoPKeyPair()) };
  }

  /**
   * One attempt at a login: its URL and all that the callback needs to know.
   * It is `signed` with a key and `pushed` to the server, either or both; `more` are further parameters.
   */
  async attempt({ redirectUri = REDIRECT_URI, scope = 'openid offline_access', pkce = true, pushed, signed, more } = {}) {
    const verifier = pkce ? openid.randomPKCECodeVerifier() : undefined;
    const state = openid.randomState();
    const nonce = more?.nonce;
    const parameters = { redirect_uri: redirectUri, scope, state };
    if (scope.includes('offline_access')) parameters.prompt = 'consent';
    if (verifier) {
      parameters.code_challenge = await openid.calculatePKCECodeChallenge(verifier);
      parameters.code_challenge_method = 'S256';
    }
    const url = await this.#address({ ...parameters, ...more }, { pushed, signed });
    return { url, redirectUri, state, nonce, verifier };
  }

  async #address(parameters, { pushed, signed }) {
    const url = signed
      ? await openid.buildAuthorizationUrlWithJAR(this.configuration, parameters, signed)
      : openid.buildAuthorizationUrl(this.configuration, parameters);
    return pushed ? openid.buildAuthorizationUrlWithPAR(this.configuration, url.searchParams, this.proof) : url;
  }

  /** Sends the user agent through a login and returns the attempt with its callback. */
  async login(userAgent, options) {
    const attempt = await this.attempt(options);
    const callback = await userAgent.browse(attempt.url, attempt.redirectUri);
    return { ...attempt, callback, code: parametersOf(callback).get('code') };
  }

  /** Exchanges the code as the library does: what it sends comes from the callback's address, or from what is posted there. */
  redeem({ callback, verifier, state, nonce }, parameters) {
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
    const { form } = callback;
    const arrived = form ? new Request(callback, { method: 'POST', body: form }) : new URL(callback);
    return outcomeOf(openid.authorizationCodeGrant(this.configuration, arrived, checks, parameters, this.proof));
  }

  /** A token request with just these parameters: for an app that builds it by hand. */
  request(grantType, parameters) {
    return outcomeOf(openid.genericGrantRequest(this.configuration, grantType, parameters));
  }

  refresh(refreshToken, parameters) {
    return outcomeOf(openid.refreshTokenGrant(this.configuration, refreshToken, parameters, this.proof));
  }

  clientCredentials(parameters) {
    return outcomeOf(openid.clientCredentialsGrant(this.configuration, parameters, this.proof));
  }

  /** Who it is that logged in, by the access token. */
  userInfo(tokens) {
    return openid.fetchUserInfo(this.configuration, tokens.access_token, tokens.claims().sub, this.proof);
  }

  /** Sends the user agent to the server's logout, and from there to where it says goodbye. */
  logout(userAgent, { id_token }) {
    const farewell = { post_logout_redirect_uri: FAREWELL_URI, id_token_hint: id_token, state: openid.randomState() };
    return userAgent.browse(openid.buildEndSessionUrl(this.configuration, farewell), FAREWELL_URI);
  }

  /** A login that succeeds, and its tokens. */
  async loginForTokens(userAgent, options) {
    const login = await this.login(userAgent, options);
    const { tokens } = expectGranted(await this.redeem(login));
    return { ...login, tokens };
  }
}
