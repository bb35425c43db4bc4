/** Columns of `/series`: what a person reads, made of those that are kept. Apart, since the page needs only the names. */
export const seriesColumns = [
  "inputRowsPerSecond", "readRowsPerSecond", "capacityRowsPerSecond", "readMicros", "planMicros", "computeMicros", "commitMicros", "batchP99Micros",
  "newestEventBehindMicros", "watermarkBehindMicros", "stateRowsMin", "stateRowsMax", "stateBytesMin", "stateBytesMax", "outputRowsPerSecond",
  "lateRows", "deadLetters", "backlogRows",
] as const;
export type SeriesColumn = typeof seriesColumns[number];
