// How soon pages of a large session are painted:
//
//   node paint.mjs --url URL --times COUNT
//
// Prints an object for each time: the milliseconds from the beginning of a navigation to the first paint with content, and
// those to the first byte of the answer, for the log and for a filter that is sent; and the size of the page in elements.
import { parseArgs } from 'node:util';
import { Watched } from './watched.mjs';

const { values: args } = parseArgs({ options: { url: { type: 'string' }, times: { type: 'string' } } });

const watched = await Watched.start();
const page = await watched.page(args.url);
for (let time = 0; time < Number(args.times); time += 1) {
  await page.goto(new URL('/', args.url).href);
  const log = await painted();
  await page.fill('input[type=search]', `(${time * 7 + 11})`);
  await Promise.all([page.waitForURL('**/?*q=*'), page.press('input[type=search]', 'Enter')]);
  const filter = await painted();
  console.log(JSON.stringify({ log, filter }));
}
await watched.end();

function painted() {
  return page.evaluate(async () => {
    const entry = await new Promise((resolve) => {
      const wanted = (entries) => entries.find(({ name }) => name === 'first-contentful-paint');
      new PerformanceObserver((list) => wanted(list.getEntries()) && resolve(wanted(list.getEntries()))).observe({ type: 'paint', buffered: true });
    });
    const [navigation] = performance.getEntriesByType('navigation');
    return {
      paint: Math.round(entry.startTime),
      answered: Math.round(navigation.responseEnd - navigation.requestStart),
      elements: document.querySelectorAll('*').length,
      findings: document.querySelectorAll('.finding').length,
    };
  });
}
