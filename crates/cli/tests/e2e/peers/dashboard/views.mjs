// Opens every kind of view of the dashboard, in light and dark, wide and narrow, with and without script, and as printed:
//
//   node views.mjs --url URL
//
// Prints the addresses that were opened, a line each, and what is amiss on standard error.
import { parseArgs } from 'node:util';
import { LOOKS, Watched, leadsTo } from './watched.mjs';

const { values: args } = parseArgs({ options: { url: { type: 'string' } } });

/** The kinds of views, and how many of each are opened. Exports are files to download and no views. */
const KINDS = [
  [/^\/$/, 1],
  [/^\/\?/, 2],
  [/\/findings\/[^/]+$/, 3],
  [/\/findings\/.+\/.+/, 3],
  [/\/exchanges$/, 1],
  [/\/exchanges\/\d+$/, 3],
  [/\/grants\//, 4],
  [/^\/sessions$/, 1],
  [/^\/compare/, 2],
];

const watched = await Watched.start();
const page = await watched.page(args.url);
const opened = await crawl(page);
for (const address of opened) {
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(new URL(address, args.url).href);
  for (const look of LOOKS) await examine(look);
  await printed(address);
}
await page.context().close();
await withoutScript(opened);
for (const address of opened) console.log(address);
await watched.end();

async function crawl(page) {
  const left = new Map(KINDS.map(([kind, count]) => [kind, count]));
  const waiting = ['/'];
  const opened = [];
  const seen = new Set();
  while (waiting.length > 0) {
    const address = waiting.shift();
    const kind = KINDS.find(([kind]) => kind.test(address))?.[0];
    if (seen.has(address) || !kind || left.get(kind) === 0) continue;
    seen.add(address);
    left.set(kind, left.get(kind) - 1);
    // Texts to copy are answered as such, and are no views.
    const answer = await page.request.get(new URL(address, args.url).href);
    if (!answer.ok()) watched.faults.push(`${address}: ${answer.status()}`);
    if (!answer.headers()['content-type'].includes('html')) continue;
    await page.goto(new URL(address, args.url).href);
    opened.push(address);
    waiting.push(...(await leadsTo(page)));
  }
  return opened;
}

async function examine({ width, colorScheme }) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height: 900 });
  const look = `${colorScheme} ${width}`;
  await watched.examine(page, look);
  await watched.measure(page, look);
}

/** On paper all contrasts hold too, and what the page is about is there. */
async function printed(address) {
  await page.setViewportSize({ width: 1000, height: 900 });
  // What is dark on the screen is not on paper.
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const text = await page.evaluate(() => document.querySelector('main').innerText.trim().length);
  if (text < 20) watched.faults.push(`${address}: nothing is printed`);
  await watched.examine(page, 'printed');
  await page.emulateMedia({ media: null });
}

async function withoutScript(addresses) {
  const plain = await watched.page(args.url, { javaScriptEnabled: false });
  for (const address of addresses) {
    await plain.goto(new URL(address, args.url).href);
    const heading = await plain.locator('main h1').count();
    if (heading !== 1) watched.faults.push(`${address} without script: ${heading} headings`);
  }
  await plain.context().close();
}
