/** What of a result is given out after each batch: new rows once, rows that changed, or all. */
export type OutputMode = "append" | "update" | "complete";
