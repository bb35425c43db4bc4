/** Memory, CPU and event loop delay of this process, measured only while someone looks. */
import { availableParallelism } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";

export interface ProcessSample {
  readonly memoryBytes: number;
  readonly cpuCores: number | null;
  readonly cpuAvailable: number;
  readonly eventLoopDelayP99Micros: number | null;
}

export interface ProcessMeter {
  start(): void;
  sample(): ProcessSample;
  stop(): void;
}

const resolutionMillis = 10;

export function processMeter(): ProcessMeter {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | null = null;
  let last = { cpu: process.cpuUsage(), at: process.hrtime.bigint() };
  let cores: number | null = null, delay: number | null = null;
  return {
    start() {
      if (histogram !== null) return;
      histogram = monitorEventLoopDelay({ resolution: resolutionMillis });
      histogram.enable();
      last = { cpu: process.cpuUsage(), at: process.hrtime.bigint() };
    },
    /** Rates are those since the last sample that is at least a second old. */
    sample() {
      const at = process.hrtime.bigint(), elapsed = Number(at - last.at) / 1e3;
      if (elapsed >= 1e6) {
        const cpu = process.cpuUsage();
        cores = Math.round((cpu.user + cpu.system - last.cpu.user - last.cpu.system) / elapsed * 100) / 100;
        last = { cpu, at };
        if (histogram !== null && histogram.count > 0) {
          delay = Math.max(0, Math.round(histogram.percentile(99) / 1e3 - resolutionMillis * 1e3));
          histogram.reset();
        }
      }
      return { memoryBytes: process.memoryUsage.rss(), cpuCores: cores, cpuAvailable: availableParallelism(), eventLoopDelayP99Micros: delay };
    },
    stop() {
      histogram?.disable();
      histogram = null;
      cores = delay = null;
    },
  };
}
