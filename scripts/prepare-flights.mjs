// Turns the flight records of the package vega-datasets into NDJSON in the order of arrival, once: a flight is known when
// it has left, at its date plus its delay (early ones at their date). Writes data/flights.ndjson.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The path of the NDJSON file, made if it isn't there. */
export function prepareFlights() {
  const target = join(root, "data", "flights.ndjson");
  if (existsSync(target)) return target;
  const folder = join(root, "node_modules", "vega-datasets");
  const flights = JSON.parse(readFileSync(join(folder, "data", "flights-20k.json"), "utf8")).map(({ date, ...rest }) => {
    const at = Date.parse(`${date.replaceAll("/", "-").replace(" ", "T")}:00Z`);
    return { date: text(at), arrives: text(at + Math.max(rest.delay, 0) * 60_000), ...rest };
  });
  flights.sort((a, b) => (a.arrives < b.arrives ? -1 : a.arrives > b.arrives ? 1 : 0));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, flights.map(flight => JSON.stringify(flight) + "\n").join(""));
  return target;
}

const text = millis => new Date(millis).toISOString().slice(0, 19) + "Z";

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(prepareFlights() + "\n");
