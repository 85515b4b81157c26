// An app without a library, and its scripted user agent, played through one scenario at one of the other servers.
//
//   node plain.mjs --issuer URL --scenario NAME
//   node plain.mjs --list
//
// All traffic goes through the proxy named by HTTPS_PROXY. Exit codes and lines are those of client.mjs.

import { parseArgs } from 'node:util';
import { PlainApp } from './javascript/others/app.mjs';
import { scenarios } from './javascript/others/scenarios.mjs';
import { Report } from './javascript/report.mjs';
import { UserAgent } from './javascript/user_agent.mjs';
import { Wire } from './javascript/wire.mjs';

const { values: args } = parseArgs({
  options: { issuer: { type: 'string' }, scenario: { type: 'string' }, list: { type: 'boolean', default: false } },
});

if (args.list) {
  for (const [scenario, { server, cause = null, verdict = null }] of Object.entries(scenarios)) {
    console.log(JSON.stringify({ scenario, cause, verdict, provider: { server }, warnings: [] }));
  }
} else {
  await play(scenarios[args.scenario], process.env.HTTPS_PROXY);
}

async function play(scenario, proxy) {
  if (!args.issuer || !scenario || !proxy) {
    console.error('usage: HTTPS_PROXY=URL plain.mjs --issuer URL --scenario NAME');
    process.exit(2);
  }
  const report = new Report();
  const wire = new Wire(proxy, report);
  try {
    await scenario.play(new PlainApp(new URL(args.issuer), new UserAgent(wire, report), wire));
    report.step('done', { scenario: args.scenario });
  } catch (error) {
    console.error(`${args.scenario}: ${error.stack}`);
    process.exitCode = 1;
  } finally {
    report.secrets();
    await wire.close();
  }
}
