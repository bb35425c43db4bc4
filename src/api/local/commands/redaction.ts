/** Options and properties whose names or values speak of secrets, or of places, are shown without them (Spark's redaction settings, as they are by default). */
const HIDDEN = /secret|password|token|access[.]?key|url/i;

export function redacted(entries: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, HIDDEN.test(key) || HIDDEN.test(value) ? "*********(redacted)" : value]));
}
