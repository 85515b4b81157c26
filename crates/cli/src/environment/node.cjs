// Loaded into Node by `grantscope run`: http, https, fetch and undici then go through the proxy of HTTPS_PROXY.
//
// Newer versions of Node read the variable by themselves where NODE_USE_ENV_PROXY says so, but only for their own agents, and
// stumble over clients that read it as well. Where that is set all the same, fetch is left to Node. Sockets that somebody else
// makes are left alone. Nothing is printed, and nothing else is changed.
'use strict';

const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');

const proxy = address(process.env.HTTPS_PROXY || process.env.https_proxy);
if (proxy) {
  throughAgents();
  throughFetch();
}

function address(url) {
  try {
    const { hostname, port } = new URL(url);
    return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 80 };
  } catch {
    return undefined;
  }
}

// What NO_PROXY names. `run` takes that away, but for containers, whose loopback is their own.
const direct = (process.env.NO_PROXY || process.env.no_proxy || '')
  .toLowerCase()
  .split(',')
  .map((it) => it.trim().replace(/^\*?\./, ''))
  .filter(Boolean);

function isDirect(host, port) {
  const name = host.toLowerCase();
  return direct.some((it) => it === '*' || it === name || it === `${name}:${port}` || name.endsWith(`.${it}`));
}

// A connection to the server, handed to `done`: a tunnel, and the proxy tells both kinds of traffic apart in it.
function tunnel(host, port, done) {
  if (isDirect(host, port)) {
    const socket = net.connect({ host, port });
    socket.once('error', done);
    socket.once('connect', () => {
      socket.removeListener('error', done);
      done(null, socket);
    });
    return;
  }
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const request = http.request({
    ...proxy,
    method: 'CONNECT',
    path: authority,
    headers: { Host: authority, 'User-Agent': `node/${process.versions.node}` },
    // Not by the options of the request: older versions take its path for that of a socket.
    createConnection: () => net.connect(proxy),
  });
  request.once('connect', (response, socket, head) => {
    if (response.statusCode !== 200) {
      socket.destroy();
      done(new Error(`the proxy answered ${response.statusCode} to CONNECT ${authority}`));
      return;
    }
    if (head.length > 0) socket.unshift(head);
    done(null, socket);
  });
  request.once('error', done);
  request.end();
}

// Every agent makes its connections here, whoever made the agent.
function throughAgents() {
  for (const [{ prototype }, secure] of [[http.Agent, false], [https.Agent, true]]) {
    const original = prototype.createConnection;
    prototype.createConnection = function createConnection(...given) {
      const done = given.findLast ? given.findLast(isFunction) : given.filter(isFunction).pop();
      const options = { ...given.find((it) => it && typeof it === 'object') };
      if (typeof given[0] === 'number') options.port = given[0];
      if (typeof given[1] === 'string') options.host = given[1];
      if (!done || options.socketPath || options.socket || isProxy(options)) {
        return original.apply(this, given);
      }
      tunnel(options.host || 'localhost', options.port || (secure ? 443 : 80), (error, socket) => {
        if (error) done(error);
        else if (secure) done(null, original.call(this, { ...options, socket }));
        else done(null, socket);
      });
      return undefined;
    };
  }
}

const isFunction = (it) => typeof it === 'function';
const isProxy = ({ host, port }) => host === proxy.host && Number(port) === proxy.port;

// Node's own fetch and the package undici share one dispatcher. Its class can be told how to connect.
function throughFetch() {
  const shared = Symbol.for('undici.globalDispatcher.1');
  // Whoever asks for it loads Node's undici, which puts the dispatcher in its place.
  if (typeof globalThis.Response !== 'function' || !globalThis[shared]) return;
  const Agent = globalThis[shared].constructor;
  if (Agent.name !== 'Agent') return;
  globalThis[shared] = new Agent({
    connect({ hostname, port, protocol, servername }, done) {
      const secure = protocol === 'https:';
      const host = hostname.replace(/^\[|\]$/g, '');
      tunnel(host, port || (secure ? 443 : 80), (error, socket) => {
        if (error || !secure) return done(error, socket);
        const options = { socket, servername: servername || host, ALPNProtocols: ['http/1.1'] };
        const encrypted = tls.connect(options);
        encrypted.once('secureConnect', () => done(null, encrypted));
        encrypted.once('error', done);
        return undefined;
      });
    },
  });
}
