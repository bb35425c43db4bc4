export * from "./expression";
export * from "./event-time";
export * from "./ndjson";
export * from "./table";
export * from "./aggregate";
export * from "./deduplicate";
export * from "./batch-codec";
