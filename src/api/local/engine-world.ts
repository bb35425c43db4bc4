import type { Clock, Random } from "../../base/clock.ts";
import type { Files } from "../../base/files.ts";
import type { AskHttp } from "../../base/http.ts";
import type { CheckpointStep } from "../../checkpoint/types.ts";

/** The world around an engine; a test hands in its own. */
export interface EngineWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  /** Left out: the network. */
  readonly http?: AskHttp;
  readonly print: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Called after each step of the commit protocol; may throw to end a run as a kill would. */
  readonly onStep?: (queryName: string | null, step: CheckpointStep | "compute" | "commit" | "acknowledge", batchId: number) => void;
}
