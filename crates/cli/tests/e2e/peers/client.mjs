// An app that uses `openid-client`, and its scripted user agent, played through one scenario.
//
//   node client.mjs --issuer URL --scenario NAME [--lifetime SECONDS] [--no-proxy]
//   node client.mjs --list
//
// All traffic goes through the proxy named by HTTPS_PROXY and trusts the CA in NODE_EXTRA_CA_CERTS.
// Exit code: 0 when the scenario played out as written, 1 when it did not, 2 for wrong usage.

import { parseArgs } from 'node:util';
import { Report } from './javascript/report.mjs';
import { scenarios } from './javascript/scenarios/index.mjs';
import { Stage } from './javascript/stage.mjs';
import { Wire } from './javascript/wire.mjs';

const { values: args } = parseArgs({
  options: {
    issuer: { type: 'string' },
    scenario: { type: 'string' },
    lifetime: { type: 'string', default: '1' },
    'no-proxy': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

if (args.list) {
  list();
} else {
  await play();
}

function list() {
  for (const [name, { cause = null, provider = {}, warnings = [] }] of Object.entries(scenarios)) {
    console.log(JSON.stringify({ scenario: name, cause, provider, warnings }));
  }
}

async function play() {
  const scenario = scenarios[args.scenario];
  if (!args.issuer || !scenario) usage(`no scenario ${args.scenario} for ${args.issuer}`);
  if (!args['no-proxy'] && !process.env.HTTPS_PROXY) usage('HTTPS_PROXY is not set');

  const report = new Report();
  const wire = new Wire(args['no-proxy'] ? null : process.env.HTTPS_PROXY, report);
  const stage = new Stage({ issuer: new URL(args.issuer), lifetime: Number(args.lifetime), report, wire });
  try {
    await scenario.play(stage);
    report.step('done', { scenario: args.scenario });
  } catch (error) {
    console.error(`${args.scenario}: ${error.stack}`);
    process.exitCode = 1;
  } finally {
    report.secrets();
    await wire.close();
  }
}

function usage(message) {
  console.error(`client.mjs: ${message}\nusage: client.mjs --issuer URL --scenario NAME [--lifetime SECONDS] [--no-proxy]`);
  process.exit(2);
}
