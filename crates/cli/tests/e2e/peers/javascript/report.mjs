// What the client saw: one JSON line a step, and at the end every secret that crossed the wire.

export class Report {
  #secrets = new Map();

  step(step, facts) {
    console.log(JSON.stringify({ step, ...facts }));
  }

  secret(kind, value) {
    if (typeof value === 'string' && value.length > 0) this.#secrets.set(value, kind);
  }

  secrets() {
    const secrets = [...this.#secrets].map(([value, kind]) => ({ kind, value }));
    console.log(JSON.stringify({ secrets }));
  }
}
