// What a token request came to: granted with tokens, or refused with the server's words.

import assert from 'node:assert/strict';
import { ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';

/** Waits for a grant. A refusal is an outcome; any other failure is thrown. */
export async function outcomeOf(grant) {
  try {
    return { status: 200, tokens: await grant };
  } catch (error) {
    return refusalOf(error);
  }
}

export function expectGranted(outcome) {
  assert.ok(outcome.tokens, `the grant was refused: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function expectRefused(outcome, error = 'invalid_grant', status = 400) {
  assert.ok(!outcome.tokens, `the grant was not refused, ${error} was expected`);
  assert.deepEqual({ error: outcome.error, status: outcome.status }, { error, status });
}

/** One of two simultaneous requests is granted, the other is refused: which, the server chose. */
export function expectOneRefused(outcomes) {
  const refused = outcomes.filter((outcome) => !outcome.tokens);
  assert.equal(refused.length, 1, `${refused.length} of ${outcomes.length} were refused`);
  expectRefused(refused[0]);
}

async function refusalOf(error) {
  if (error instanceof ResponseBodyError) {
    return { status: error.status, error: error.error, description: error.error_description };
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const body = await error.response.json();
    return { status: error.status, error: body.error, description: body.error_description };
  }
  throw error;
}
