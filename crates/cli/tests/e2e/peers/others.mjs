// One of the other authorization servers on a free loopback port, behind TLS.
//
//   node others.mjs --cert CERT.pem --key KEY.pem --options '{"server":"mcp"}'
//
// One JSON line on stdout says that it is ready. It stops when stdin closes or on SIGTERM.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { parseArgs } from 'node:util';
import { servers } from './javascript/others/servers.mjs';

const { values: args } = parseArgs({
  options: { cert: { type: 'string' }, key: { type: 'string' }, options: { type: 'string', default: '{}' } },
});
const create = servers[JSON.parse(args.options).server];

if (!args.cert || !args.key || !create) {
  console.error(`usage: others.mjs --cert CERT.pem --key KEY.pem --options '{"server":"${Object.keys(servers).join('|')}"}'`);
  process.exit(2);
}

const server = createServer({ cert: readFileSync(args.cert), key: readFileSync(args.key) });
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const issuer = `https://localhost:${port}`;
  server.on('request', await create(issuer));
  process.stdout.write(`${JSON.stringify({ issuer, port })}\n`);
});

function stop() {
  server.closeAllConnections();
  server.close(() => process.exit(0));
}

process.stdin.resume().on('end', stop).on('error', stop);
process.on('SIGTERM', stop);
