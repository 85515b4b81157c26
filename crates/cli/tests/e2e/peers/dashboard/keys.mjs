// Drives the dashboard by keyboard alone, on a log with two refused grants at least:
//
//   node keys.mjs --url URL
import { parseArgs } from 'node:util';
import { Watched } from './watched.mjs';

const { values: args } = parseArgs({ options: { url: { type: 'string' } } });

const watched = await Watched.start();
const page = await watched.page(args.url);
const expect = (is, what) => is || watched.faults.push(what);
const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href'));
const path = () => new URL(page.url()).pathname;

await page.keyboard.press('j');
const first = await focused();
expect(first?.includes('/findings/'), `j leads to ${first}`);
await page.keyboard.press('j');
const second = await focused();
expect(second?.includes('/findings/') && second !== first, `j leads from ${first} to ${second}`);
await page.keyboard.press('k');
expect((await focused()) === first, 'k does not lead back');
await Promise.all([page.waitForURL('**/findings/**'), page.keyboard.press('Enter')]);
expect(path() === first, `Enter opens ${path()} and not ${first}`);
await Promise.all([page.waitForURL((url) => url.pathname === '/'), page.keyboard.press('u')]);

await page.keyboard.press('/');
expect(await page.evaluate(() => document.activeElement?.type === 'search'), '/ does not lead to the search');
await page.keyboard.type('invalid_grant');
await Promise.all([page.waitForURL('**/?*q=invalid_grant*'), page.keyboard.press('Enter')]);
await page.keyboard.press('?');
expect(await page.locator('dialog[open]').isVisible(), '? does not show the keys');
await page.keyboard.press('Escape');
await page.keyboard.press('g');
await Promise.all([page.waitForURL('**/exchanges'), page.keyboard.press('e')]);

// From the top, the first stop leads past the head of the page.
await page.keyboard.press('Tab');
expect((await focused()) === '#main', 'the first stop is not the way to the content');
await watched.end();
