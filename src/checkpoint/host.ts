/** This process, as a lease names it. */
import os from "node:os";
import type { CheckpointHost } from "./types.ts";

export const thisHost: CheckpointHost = {
  name: os.hostname(),
  processId: process.pid,
  isAlive(processId) {
    try {
      process.kill(processId, 0);
      return true;
    } catch (error) {
      // It exists and belongs to another user.
      return error instanceof Error && "code" in error && error.code === "EPERM";
    }
  },
};
