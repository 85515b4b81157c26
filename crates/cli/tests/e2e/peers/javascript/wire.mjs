// The one way to the network, for the app and for the user agent: the proxy, or none at all.
// It reports what each endpoint answered and notes each secret on its way.

import { Agent, ProxyAgent, fetch } from 'undici';

const SECRET_PARAMETERS = [
  'access_token',
  'auth_req_id',
  'client_assertion',
  'client_secret',
  'code',
  'code_verifier',
  'device_code',
  'id_token',
  'id_token_hint',
  'password',
  'refresh_token',
  'registration_access_token',
  'response',
  'subject_token',
  'token',
];

const ENDPOINTS = new Map([
  ['/token', 'token'],
  ['/request', 'pushed-authorization'],
  ['/device/auth', 'device-authorization'],
  ['/token/revocation', 'revocation'],
  ['/token/introspection', 'introspection'],
  ['/backchannel', 'backchannel-authentication'],
  ['/reg', 'registration'],
  ['/me', 'userinfo'],
]);

export class Wire {
  #dispatcher;
  #report;

  constructor(proxy, report) {
    this.#dispatcher = proxy ? new ProxyAgent(proxy) : new Agent();
    this.#report = report;
  }

  /** A `fetch` for the app: openid-client's `customFetch`. */
  fetch = async (url, options) => {
    this.#noteRequest(options);
    const response = await this.send(url, options);
    const step = ENDPOINTS.get(new URL(url).pathname);
    if (step) await this.#reportAnswer(step, response.clone());
    return response;
  };

  /** The bare request: what the user agent does, which looks after its own secrets. */
  send(url, options) {
    return fetch(url, { ...options, dispatcher: this.#dispatcher });
  }

  noteParameters(parameters) {
    for (const name of SECRET_PARAMETERS) this.#report.secret(name, parameters.get(name));
    const response = parameters.get('response');
    if (response) this.noteParameters(claimsOf(response));
  }

  close() {
    return this.#dispatcher.close();
  }

  #noteRequest({ body, headers } = {}) {
    if (body instanceof URLSearchParams) this.noteParameters(body);
    const authorization = new Headers(headers).get('authorization');
    if (authorization?.startsWith('Basic ')) this.#noteBasic(authorization.slice('Basic '.length));
    this.#report.secret('proof', new Headers(headers).get('dpop'));
  }

  #noteBasic(credentials) {
    const [, secret] = Buffer.from(credentials, 'base64').toString().split(':');
    this.#report.secret('basic', credentials);
    this.#report.secret('client_secret', decodeURIComponent(secret));
  }

  async #reportAnswer(step, response) {
    const text = await response.text();
    const answer = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {};
    this.noteParameters(new Map(Object.entries(answer)));
    const { error, error_description } = answer;
    this.#report.step(step, { status: response.status, error, error_description });
  }
}

/** The claims of a JWT, which are the parameters of a response (JARM). */
function claimsOf(jwt) {
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString();
  return new Map(Object.entries(JSON.parse(payload)));
}
