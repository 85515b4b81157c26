// The app: a client of the authorization server, on top of `openid-client`.

import * as openid from 'openid-client';
import { expectGranted, outcomeOf } from './outcome.mjs';

export const REDIRECT_URI = 'https://app.test/cb';

export class App {
  constructor(configuration) {
    this.configuration = configuration;
  }

  static async discover(issuer, clientId, authentication, wire) {
    const options = { [openid.customFetch]: wire.fetch };
    return new App(await openid.discovery(issuer, clientId, undefined, authentication, options));
  }

  /** One attempt at a login: its URL and all that the callback needs to know. */
  async attempt({ redirectUri = REDIRECT_URI, scope = 'openid offline_access', pkce = true, pushed = false } = {}) {
    const verifier = pkce ? openid.randomPKCECodeVerifier() : undefined;
    const state = openid.randomState();
    const parameters = { redirect_uri: redirectUri, scope, state };
    if (scope.includes('offline_access')) parameters.prompt = 'consent';
    if (verifier) {
      parameters.code_challenge = await openid.calculatePKCECodeChallenge(verifier);
      parameters.code_challenge_method = 'S256';
    }
    const url = pushed
      ? await openid.buildAuthorizationUrlWithPAR(this.configuration, parameters)
      : openid.buildAuthorizationUrl(this.configuration, parameters);
    return { url, redirectUri, state, verifier };
  }

  /** Sends the user agent through a login and returns the attempt with its callback. */
  async login(userAgent, options) {
    const attempt = await this.attempt(options);
    const callback = await userAgent.browse(attempt.url, attempt.redirectUri);
    return { ...attempt, callback, code: callback.searchParams.get('code') };
  }

  /** Exchanges the code as the library does: what it sends comes from the callback's address. */
  redeem({ callback, verifier, state }) {
    const checks = { pkceCodeVerifier: verifier, expectedState: state };
    return outcomeOf(openid.authorizationCodeGrant(this.configuration, new URL(callback), checks));
  }

  /** A token request with just these parameters: for an app that builds it by hand. */
  request(grantType, parameters) {
    return outcomeOf(openid.genericGrantRequest(this.configuration, grantType, parameters));
  }

  refresh(refreshToken, parameters) {
    return outcomeOf(openid.refreshTokenGrant(this.configuration, refreshToken, parameters));
  }

  clientCredentials() {
    return outcomeOf(openid.clientCredentialsGrant(this.configuration));
  }

  /** A login that succeeds, and its tokens. */
  async loginForTokens(userAgent, options) {
    const login = await this.login(userAgent, options);
    const { tokens } = expectGranted(await this.redeem(login));
    return { ...login, tokens };
  }
}
