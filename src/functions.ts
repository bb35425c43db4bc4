/** SQL's functions for expressions: `import { count, window } from "millrace/functions"`. Names are those of Spark SQL. */
export * from "./api/functions/aggregates.ts";
export * from "./api/functions/collections.ts";
export * from "./api/functions/dates.ts";
export * from "./api/functions/general.ts";
export * from "./api/functions/geo.ts";
export * from "./api/functions/lambdas.ts";
export * from "./api/functions/more-aggregates.ts";
export * from "./api/functions/more-collections.ts";
export * from "./api/functions/more-dates.ts";
export * from "./api/functions/more-general.ts";
export * from "./api/functions/more-numbers.ts";
export * from "./api/functions/more-text.ts";
export * from "./api/functions/numbers.ts";
export * from "./api/functions/records.ts";
export * from "./api/functions/strings.ts";
