// Has the log of the dashboard open, and tells when a finding appears on it:
//
//   node live.mjs --url URL --count COUNT
//
// Prints `open` once the page follows, and then a line for each refused grant that is counted: the milliseconds since 1970 at
// which the page was painted with it. Ends after so many.
import { parseArgs } from 'node:util';
import { Watched } from './watched.mjs';

const { values: args } = parseArgs({ options: { url: { type: 'string' }, count: { type: 'string' } } });

const watched = await Watched.start();
const page = await watched.page(args.url);
const all = new Promise((resolve) => {
  let told = 0;
  page.exposeFunction('told', (at) => {
    console.log(at);
    told += 1;
    if (told === Number(args.count)) resolve();
  });
});
await page.waitForFunction(() => document.getElementById('live')?.textContent === 'recording');
await page.evaluate(() => {
  const refused = () => Number(document.querySelector('main h1').textContent.match(/^(\d+) refused/)?.[1] ?? 0);
  let before = refused();
  new MutationObserver(() => {
    const now = refused();
    if (now <= before) return;
    before = now;
    requestAnimationFrame(() => setTimeout(() => window.told(performance.timeOrigin + performance.now())));
  }).observe(document.querySelector('main'), { childList: true, subtree: true, characterData: true });
});
console.log('open');
await all;
await watched.end();
