// What other programs read in an export of grantscope.
//
//   node reads.mjs har|panel|postman|insomnia FILE
//
// `har` is the schema of HAR 1.2, and `panel` the importer of the network panel in the developer tools of Chromium.
//
// Prints what was read as one object of JSON. Exit code: 1 where the file is not valid, with the faults on stderr.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import harValidator from 'har-validator';
import insomniaImporters from 'insomnia-importers';
import { chromium } from 'playwright-core';
import postman from 'postman-collection';

const readers = {
  async har(text) {
    const har = JSON.parse(text);
    await harValidator.har(har);
    return { entries: har.log.entries.length };
  },

  async panel(text) {
    const executablePath = onPath('chromium');
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
    const browser = await chromium.launch({ executablePath, args });
    try {
      const page = await browser.newPage();
      await page.goto('devtools://devtools/bundled/devtools_app.html');
      return await page.evaluate(importAsPanel, text);
    } finally {
      await browser.close();
    }
  },

  postman(text) {
    const collection = new postman.Collection(JSON.parse(text));
    const requests = [];
    collection.forEachItem(({ request }) => {
      requests.push({
        method: request.method,
        url: request.url.toString(),
        body: request.body?.toString() ?? '',
        secret: request.auth?.parameters().get('password'),
      });
    });
    return { requests, variables: collection.variables.all().map(({ key }) => key) };
  },

  async insomnia(text) {
    const { type, data } = await insomniaImporters.convert(text);
    if (type.id !== 'insomnia-4') throw new Error(`taken for ${type.name}`);
    const of = (kind) => data.resources.filter(({ _type }) => _type === kind);
    const requests = of('request').map(({ method, url, body, authentication }) => ({
      method,
      url,
      body: body.params.map(({ name, value }) => `${name}=${value}`).join('&'),
      secret: authentication.password,
    }));
    return { requests, variables: Object.keys(of('environment')[0].data) };
  },
};

// Runs in the developer tools, whose modules are their own.
async function importAsPanel(text) {
  const har = await import('devtools://devtools/bundled/models/har/har.js');
  const { log } = new har.HARFormat.HARRoot(JSON.parse(text));
  const requests = har.Importer.Importer.requestsFromHARLog(log);
  return { entries: requests.length, statuses: requests.map(({ statusCode }) => statusCode) };
}

function onPath(program) {
  const places = process.env.PATH.split(delimiter).map((place) => join(place, program));
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`there is no ${program}: \`cargo xtask prepare\` installs it, or tells how`);
  return found;
}

const [format, file] = process.argv.slice(2);
try {
  console.log(JSON.stringify(await readers[format](await readFile(file, 'utf8'))));
} catch (error) {
  console.error(error.errors ? JSON.stringify(error.errors, null, 2) : error);
  process.exitCode = 1;
}
