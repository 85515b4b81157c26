// A stock `oidc-provider` on a free loopback port, behind TLS where it is given a certificate.
//
//   node provider.mjs [--cert CERT.pem --key KEY.pem] [--options JSON]
//
// One JSON line on stdout says that it is ready; further lines tell the server's own reason for
// each refusal, which it keeps from the client. It stops when stdin closes or on SIGTERM.

import { readFileSync } from 'node:fs';
import { createServer as clear } from 'node:http';
import { createServer as secure } from 'node:https';
import { parseArgs } from 'node:util';
import { Provider } from 'oidc-provider';
import { addGrants, configuration } from './javascript/server_options.mjs';

const clients = JSON.parse(readFileSync(new URL('./clients.json', import.meta.url)));

const { values: args } = parseArgs({
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    options: { type: 'string', default: '{}' },
  },
});

if (!args.cert !== !args.key) {
  console.error('usage: provider.mjs [--cert CERT.pem --key KEY.pem] [--options JSON]');
  process.exit(2);
}

// The library's notices would end up among the JSON lines.
console.info = console.error;

const server = args.cert
  ? secure({ cert: readFileSync(args.cert), key: readFileSync(args.key) })
  : clear();
server.listen(0, '127.0.0.1', () => start(server.address().port));

function start(port) {
  const issuer = `${args.cert ? 'https' : 'http'}://localhost:${port}`;
  const options = JSON.parse(args.options);
  const provider = new Provider(issuer, configuration(clients, options));
  addGrants(provider, options);
  provider.on('grant.error', (ctx, error) => tellRefusal('token', ctx, error));
  provider.on('authorization.error', (ctx, error) => tellRefusal('authorization', ctx, error));
  provider.on('server_error', (ctx, error) => console.error(error));
  server.on('request', provider.callback());
  tell({ issuer, port, clients: clients.map((client) => client.client_id) });
}

function tellRefusal(endpoint, ctx, error) {
  tell({
    refused: endpoint,
    client_id: ctx.oidc?.client?.clientId,
    error: error.message,
    reason: error.error_detail ?? error.cause?.message ?? error.error_description,
  });
}

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function stop() {
  server.closeAllConnections();
  server.close(() => process.exit(0));
}

process.stdin.resume().on('end', stop).on('error', stop);
process.on('SIGTERM', stop);
