// All healthy scenarios that need no options of the server, of several apps, a few at a time: many people at one server.
//
//   node crowd.mjs --issuer URL [--at-once NUMBER] APP...
//
// Each APP is a command as JSON, ["node","client.mjs"]. The output is that of one app: the steps of all, and at the end
// their secrets. Exit code: 0 when every scenario played out as written, 1 when one did not.

import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: { issuer: { type: 'string' }, 'at-once': { type: 'string', default: '3' } },
});

const secrets = [];
const waiting = (await Promise.all(positionals.map((app) => scenariosOf(JSON.parse(app))))).flat();
await Promise.all(Array.from({ length: Number(args['at-once']) }, playWhatWaits));
console.log(JSON.stringify({ secrets }));

async function scenariosOf([program, ...before]) {
  const { stdout } = await run(program, [...before, '--list']);
  const listed = linesOf(stdout).filter(({ cause, provider }) => cause === null && Object.keys(provider).length === 0);
  return listed.map(({ scenario }) => [program, ...before, '--issuer', args.issuer, '--scenario', scenario]);
}

async function playWhatWaits() {
  for (let next = waiting.shift(); next; next = waiting.shift()) await play(next);
}

async function play([program, ...given]) {
  const { stdout, stderr } = await run(program, given).catch((failed) => {
    process.exitCode = 1;
    return failed;
  });
  process.stderr.write(stderr);
  for (const line of linesOf(stdout)) {
    if (line.secrets) secrets.push(...line.secrets);
    else console.log(JSON.stringify(line));
  }
}

function linesOf(stdout) {
  return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}
