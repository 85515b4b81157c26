// A browser without a screen: it follows redirects, keeps cookies and fills in the forms it meets.

import { randomBytes } from 'node:crypto';

const HOPS_MAX = 30;

export class UserAgent {
  #cookies = new Map();
  #report;
  #wire;

  constructor(wire, report) {
    this.#wire = wire;
    this.#report = report;
    this.typed = { login: 'alice', password: randomBytes(12).toString('hex') };
    this.declines = false;
    report.secret('password', this.typed.password);
  }

  /** Browses from `url` until it is sent to `destination`, and returns what it was to send there, unsent. */
  async browse(url, destination) {
    let request = { url: new URL(url) };
    for (let hop = 0; hop < HOPS_MAX; hop += 1) {
      const response = await this.#send(request);
      request = await this.#next(request.url, response);
      if (!request) throw new Error(`${url} ended in a page without a form (${response.status})`);
      if (leadsTo(request.url, destination)) return this.#arrive(request);
    }
    throw new Error(`${url} did not lead to ${destination} within ${HOPS_MAX} hops`);
  }

  /** Browses from `url` until a page asks nothing more. */
  async read(url) {
    let request = { url: new URL(url) };
    for (let hop = 0; request && hop < HOPS_MAX; hop += 1) {
      request = await this.#next(request.url, await this.#send(request));
    }
    this.#report.step('page', { read: new URL(url).pathname });
  }

  /** Loads the app's own callback, for an app that listens. */
  async deliver(callback) {
    const response = await this.#send({ url: callback, form: callback.form });
    this.#report.step('callback-page', { status: response.status });
  }

  /** The address of the callback, with the `form` that is posted to it where there is one. */
  #arrive({ url, form }) {
    const parameters = parametersOf(Object.assign(url, { form }));
    this.#wire.noteParameters(parameters);
    this.#report.step('callback', { error: parameters.get('error') ?? undefined });
    return url;
  }

  async #send({ url, form }) {
    const response = await this.#wire.send(url, {
      method: form ? 'POST' : 'GET',
      body: form,
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: this.#cookieHeader(url) },
    });
    this.#keepCookies(url, response);
    return response;
  }

  async #next(url, response) {
    const location = response.headers.get('location');
    const page = await response.text();
    if (location) return { url: new URL(location, url) };
    // A response in a form has the status of what it says.
    const form = this.#fillIn(url, page);
    if (response.status >= 400 && !form) throw new Error(`${url.pathname} answered ${response.status}: ${errorOf(page)}`);
    return form;
  }

  #fillIn(url, page) {
    const form = page.match(/<form\b[^>]*>/i)?.[0];
    if (!form) return null;
    const cancel = this.declines && page.match(/<a href="([^"]*\/abort)"/)?.[1];
    if (cancel) return { url: new URL(cancel, url) };
    return { url: new URL(attribute(form, 'action') || url, url), form: fieldsOf(page, this.typed) };
  }

  #cookieHeader(url) {
    return [...this.#cookies.values()]
      .filter(({ host, path }) => host === url.host && url.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  #keepCookies(url, response) {
    for (const line of response.headers.getSetCookie()) {
      const cookie = readCookie(line, url.host);
      const key = [cookie.name, cookie.host, cookie.path].join(' ');
      this.#report.secret('cookie', cookie.value);
      if (cookie.value) this.#cookies.set(key, cookie);
      else this.#cookies.delete(key);
    }
  }
}

/** The parameters of an authorization response, wherever they are. */
export function parametersOf({ form, hash, searchParams }) {
  if (form) return form;
  return hash ? new URLSearchParams(hash.slice(1)) : searchParams;
}

function leadsTo(url, destination) {
  return `${url.origin}${url.pathname}` === destination;
}

function readCookie(line, host) {
  const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
  const path = line.match(/;\s*path=([^;]+)/i)?.[1] ?? '/';
  return { name, value, host, path };
}

// The fields of a page's only form: what is hidden as it stands, what is open as a person would
// fill it in, and the button that has the focus pressed.
function fieldsOf(page, typed) {
  const fields = new URLSearchParams();
  for (const [element] of page.matchAll(/<input\b[^>]*>|<button\b[^>]*\bautofocus\b[^>]*>/gi)) {
    const name = attribute(element, 'name');
    if (name) fields.set(name, typed[name] ?? attribute(element, 'value') ?? '');
  }
  return fields;
}

function attribute(element, name) {
  const quoted = element.match(new RegExp(`\\s${name}="([^"]*)"`, 'i'))?.[1];
  return quoted?.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

function errorOf(page) {
  const lines = page.matchAll(/<strong>([^<]*)<\/strong>: ([^<]*)/g);
  return [...lines].map(([, key, value]) => `${key}: ${value}`).join(', ');
}
