// A browser that looks at the dashboard, and notes whatever is amiss on a page: errors, refused styles and scripts, dialogs,
// and what axe finds serious.
import { chromium } from 'playwright-core';
import axe from 'axe-core';

/** The widths and colours in which a page has to be good. */
export const LOOKS = [
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  { width: 360, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
];

export class Watched {
  /** What is amiss, a line each. */
  faults = [];

  /** Starts Debian's Chromium. */
  static async start() {
    const watched = new Watched();
    // Whoever runs the tests may be root.
    watched.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
    return watched;
  }

  /** A page that was let in by the address that was printed. */
  async page(url, options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    this.#watch(page);
    if (options.javaScriptEnabled !== false) {
      await page.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
      });
    }
    await page.goto(url);
    await page.waitForURL((at) => !at.pathname.startsWith('/enter/'));
    return page;
  }

  #watch(page) {
    const note = (what) => this.faults.push(`${new URL(page.url()).pathname}: ${what}`);
    page.on('console', (message) => message.type() === 'error' && note(message.text()));
    page.on('pageerror', (error) => note(error.message));
    page.on('dialog', (dialog) => {
      note(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('response', (response) => response.status() >= 400 && note(`${response.status()} for ${response.url()}`));
  }

  /** Notes what axe finds serious or critical on a page as it is. */
  async examine(page, look) {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    for (const { id, impact, nodes } of violations) {
      if (!['serious', 'critical'].includes(impact)) continue;
      const where = nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? node.failureSummary})`);
      this.faults.push(`${new URL(page.url()).pathname} ${look}: ${impact} ${id}: ${where.join('; ')}`);
    }
  }

  /** Notes a page that can be scrolled to the side, or where that holds for print. */
  async measure(page, look) {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 1) this.faults.push(`${new URL(page.url()).pathname} ${look}: ${over} pixels too wide`);
  }

  async end() {
    await this.browser.close();
    for (const fault of this.faults) console.error(fault);
    process.exit(this.faults.length === 0 ? 0 : 1);
  }
}

/** The addresses that a page leads to within the dashboard, without their fragments. */
export async function leadsTo(page) {
  const links = await page.$$eval('a[href]', (all) => all.map((a) => new URL(a.getAttribute('href'), location.href).href));
  const own = links.map((link) => new URL(link)).filter((link) => link.origin === new URL(page.url()).origin);
  return [...new Set(own.map((link) => link.pathname + link.search))];
}
