// Logs in by a browser that is running already, as a person would, and redeems the code with a redirect URI of its own making:
//
//   node login.mjs --profile DIRECTORY --proxy URL --issuer URL
//
// The browser is found by the port that it writes into its profile, and closed at the end.
import { existsSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { ProxyAgent, fetch } from 'undici';

const { values: args } = parseArgs({
  options: { profile: { type: 'string' }, proxy: { type: 'string' }, issuer: { type: 'string' } },
});
const registered = JSON.parse(readFileSync(new URL('../clients.json', import.meta.url)))[0];

const browser = await chromium.connectOverCDP(`http://127.0.0.1:${await port()}`);
const [page] = browser.contexts()[0].pages();
await page.fill('input[name=login]', 'somebody');
await page.fill('input[name=password]', 'anything');
await page.click('button[type=submit]');
await page.click('button[type=submit]');
await page.waitForURL((url) => url.searchParams.has('code'), { waitUntil: 'commit' });
const code = new URL(page.url()).searchParams.get('code');

const credentials = Buffer.from(`${registered.client_id}:${registered.client_secret}`).toString('base64');
const refused = await fetch(`${args.issuer}/token`, {
  method: 'POST',
  dispatcher: new ProxyAgent(args.proxy),
  headers: { Authorization: `Basic ${credentials}`, 'Content-Type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: 'https://app.test/cb/' }).toString(),
});
if (refused.status !== 400) throw new Error(`the server answered ${refused.status}`);

const session = await browser.newBrowserCDPSession();
await session.send('Browser.close');
process.exit(0);

// The first line of the file that the browser writes when it listens.
async function port() {
  const file = join(args.profile, 'DevToolsActivePort');
  if (!existsSync(file) || !readFileSync(file, 'utf8').includes('\n')) {
    await new Promise((resolve) => {
      const watcher = watch(args.profile, () => {
        if (existsSync(file) && readFileSync(file, 'utf8').includes('\n')) {
          watcher.close();
          resolve();
        }
      });
    });
  }
  return readFileSync(file, 'utf8').split('\n')[0];
}
