// Takes the pictures of the dashboard that the README shows, light and dark:
//
//   node pictures.mjs --url URL --directory DIRECTORY
//
// The pages have to be those of the demo's flows.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Watched } from './watched.mjs';

const { values: args } = parseArgs({ options: { url: { type: 'string' }, directory: { type: 'string' } } });

/** A finding of this cause, on the log. */
const finding = (cause) => async (page) => {
  await page.locator('.finding-link', { hasText: cause }).first().click();
};

/** The grant of a finding. */
const grant = (cause) => async (page) => {
  await page.locator('.finding', { hasText: cause }).locator('a.secret').first().click();
};

const PICTURES = [
  { name: 'log', height: 620, to: async () => {} },
  { name: 'finding', height: 700, to: finding('redirect-uri-mismatch') },
  { name: 'grant', height: 760, to: grant('code-reused') },
  { name: 'family', height: 900, to: grant('refresh-rotated'), of: '[aria-labelledby=heading-family]' },
];

const watched = await Watched.start();
for (const colorScheme of ['light', 'dark']) {
  for (const { name, height, to, of } of PICTURES) {
    const page = await watched.page(args.url, { colorScheme, reducedMotion: 'reduce', viewport: { width: 1120, height } });
    await to(page);
    await page.waitForLoadState('load');
    await (of ? page.locator(of) : page).screenshot({ path: join(args.directory, `${name}-${colorScheme}.png`) });
    await page.context().close();
  }
}
await watched.end();
