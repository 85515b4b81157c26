// The clients that the other servers know and the plain app has.

export const REDIRECT_URI = 'https://app.test/cb';

export const CLIENTS = {
  agent: { client_id: 'agent', client_secret: 'agent-secret-only-for-tests-7d20e1c4' },
  second: { client_id: 'second', client_secret: 'second-secret-only-for-tests-95aa' },
  public: { client_id: 'public' },
};
