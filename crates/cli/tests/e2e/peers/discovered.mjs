// An app that discovers its server at an address that stands for it, with the issuer set apart, and goes on by what it
// read there.
//
//   node discovered.mjs ADDRESS
//
// One JSON line says where the metadata led it and what became of its requests.

import { readFileSync } from 'node:fs';
import * as openid from 'openid-client';
import { outcomeOf } from './javascript/outcome.mjs';

const [address] = process.argv.slice(2);
const registered = JSON.parse(readFileSync(new URL('./clients.json', import.meta.url)));
const secretOf = (clientId) => registered.find((client) => client.client_id === clientId).client_secret;

/** Of a document that is named in full the library does not compare the issuer with the address. */
function discover(clientId, authentication) {
  const document = new URL('/.well-known/openid-configuration', address);
  const options = { execute: [openid.allowInsecureRequests] };
  return openid.discovery(document, clientId, undefined, authentication, options);
}

const machine = await discover('machine', openid.ClientSecretBasic(secretOf('machine')));
const granted = await outcomeOf(openid.clientCredentialsGrant(machine));
const web = await discover('web', openid.ClientSecretBasic(secretOf('web')));
const refused = await outcomeOf(openid.refreshTokenGrant(web, 'never-issued'));

/** As libraries do that take the token endpoint for the audience. */
const toEndpoint = openid.ClientSecretJwt(secretOf('web-jwt'), {
  [openid.modifyAssertion]: (header, payload) => { payload.aud = signing.serverMetadata().token_endpoint; },
});
const signing = await discover('web-jwt', toEndpoint);
const signed = await outcomeOf(openid.refreshTokenGrant(signing, 'never-issued'));

const { issuer, token_endpoint, jwks_uri } = machine.serverMetadata();
const keys = await fetch(jwks_uri).then((response) => response.json());
const statuses = [granted, refused, signed].map((outcome) => outcome.status);
console.log(JSON.stringify({ issuer, token_endpoint, jwks_uri, keys: keys.keys.length, statuses }));
