/** The checkpoint: what the stream runner needs of it. */
export { openCheckpoint } from "./open.ts";
export { openTemporaryCheckpoint, type TemporaryCheckpointOptions } from "./temporary-checkpoint.ts";
export { thisHost } from "./host.ts";
export { decidePending, type PendingDecision, type PendingSinkClass } from "./pending.ts";
export { compareQueries, type QueryVerdict } from "./fingerprint.ts";
export { readCheckpoint, type CheckpointReading } from "./inspect.ts";
export { forkCheckpoint, type ForkOptions } from "./fork.ts";
export type * from "./types.ts";
