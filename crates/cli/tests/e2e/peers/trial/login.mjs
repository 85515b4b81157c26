// Logs in to an app by a browser that is running already, as a person would: `node login.mjs PROFILE-FILE`.
//
// The file names the profile of the browser, in which the browser says where it listens. Prints what the app says in the end.
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const profile = await read(process.argv[2]);
const port = (await read(`${profile.trim()}/DevToolsActivePort`)).split('\n')[0];
const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
const [page] = browser.contexts()[0].pages();
await page.click('text=Log in');
await page.fill('input[name=login]', 'somebody');
await page.fill('input[name=password]', 'anything');
await page.click('button[type=submit]');
await page.click('button[type=submit]');
await page.waitForURL((url) => url.pathname === '/cb');
console.log(await page.textContent('body'));
process.exit(0);

// Whoever writes it is on the way, or never comes.
async function read(file) {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    try {
      const text = readFileSync(file, 'utf8');
      if (text.includes('\n')) return text;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    await wait(50);
  }
  throw new Error(`nobody wrote ${file}`);
}
