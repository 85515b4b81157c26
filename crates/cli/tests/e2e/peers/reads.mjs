// What other programs read in an export of grantscope.
//
//   node reads.mjs har|postman|insomnia FILE
//
// Prints what was read as one object of JSON. Exit code: 1 where the file is not valid, with the faults on stderr.

import { readFile } from 'node:fs/promises';

import harValidator from 'har-validator';
import insomniaImporters from 'insomnia-importers';
import postman from 'postman-collection';

const readers = {
  async har(text) {
    const har = JSON.parse(text);
    await harValidator.har(har);
    return { entries: har.log.entries.length };
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

const [format, file] = process.argv.slice(2);
try {
  console.log(JSON.stringify(await readers[format](await readFile(file, 'utf8'))));
} catch (error) {
  console.error(error.errors ? JSON.stringify(error.errors, null, 2) : error);
  process.exitCode = 1;
}
