/** The path of the flights as NDJSON, made if it isn't there. */
export function prepareFlights(): string;
