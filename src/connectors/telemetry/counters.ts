/** The kernel's own figures of this machine, from the text files under /proc. Pure parsing: the reader is handed in. */

/** Reads a small text file; undefined if it isn't there (containers hide some). */
export type ReadText = (path: string) => string | undefined;

export interface Measure {
  /** cpu, memory, disk or network. */
  readonly metric: string;
  /** cpu0, used, vda read, eth0 received ... */
  readonly device: string;
  readonly value: number;
  readonly unit: string;
}

interface Counters { readonly atMicros: number; readonly values: ReadonlyMap<string, number> }

const SECTOR_BYTES = 512;

/** Turns counters that only grow into rates between two samples. */
export class MachineSampler {
  readonly #read: ReadText;
  #last: Counters | undefined;

  constructor(read: ReadText) { this.#read = read; }

  /** Rates since the call before; the first call gives only what needs no rate. */
  sample(atMicros: number): Measure[] {
    const now: Counters = { atMicros, values: this.#counters() };
    const last = this.#last;
    this.#last = now;
    const measures = this.#memory();
    if (last === undefined || atMicros <= last.atMicros) return measures;
    const seconds = (atMicros - last.atMicros) / 1e6;
    const grown = (name: string) => Math.max(0, (now.values.get(name) ?? 0) - (last.values.get(name) ?? 0));
    for (const name of now.values.keys()) {
      const [metric, device, part] = name.split("|") as [string, string, string];
      if (metric === "cpu" && part === "busy") {
        const total = grown(`cpu|${device}|total`);
        if (total > 0) measures.push({ metric, device, value: round(100 * grown(name) / total), unit: "%" });
      } else if (metric === "disk" || metric === "network") {
        measures.push({ metric, device: `${device} ${part}`, value: round(grown(name) / seconds / 1e6), unit: "MB/s" });
      }
    }
    return measures;
  }

  #counters(): Map<string, number> {
    const values = new Map<string, number>();
    for (const line of lines(this.#read("/proc/stat"))) {
      if (!line.startsWith("cpu")) break;
      const [name, ...ticks] = line.split(/\s+/), numbers = ticks.slice(0, 8).map(Number);
      const total = numbers.reduce((a, b) => a + b, 0), idle = (numbers[3] ?? 0) + (numbers[4] ?? 0);
      values.set(`cpu|${name === "cpu" ? "all" : name}|busy`, total - idle).set(`cpu|${name === "cpu" ? "all" : name}|total`, total);
    }
    for (const line of lines(this.#read("/proc/diskstats"))) {
      const fields = line.trim().split(/\s+/), name = fields[2];
      // Whole disks only: partitions and loop devices would count the same bytes again.
      if (name === undefined || !/^(?:[svx]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/.test(name)) continue;
      values.set(`disk|${name}|read`, Number(fields[5]) * SECTOR_BYTES).set(`disk|${name}|write`, Number(fields[9]) * SECTOR_BYTES);
    }
    for (const line of lines(this.#read("/proc/net/dev")).slice(2)) {
      const [name, rest] = line.split(":"), fields = rest?.trim().split(/\s+/);
      // Interfaces that never carried anything say nothing.
      if (name === undefined || fields === undefined || (fields[0] === "0" && fields[8] === "0")) continue;
      values.set(`network|${name.trim()}|received`, Number(fields[0])).set(`network|${name.trim()}|sent`, Number(fields[8]));
    }
    return values;
  }

  #memory(): Measure[] {
    const kilobytes = new Map(lines(this.#read("/proc/meminfo")).map(line => {
      const [name, value] = line.split(":");
      return [name!, Number.parseInt(value ?? "0", 10)] as const;
    }));
    const total = kilobytes.get("MemTotal"), available = kilobytes.get("MemAvailable");
    if (total === undefined || available === undefined) return [];
    return [{ metric: "memory", device: "used", value: round((total - available) / 1024), unit: "MiB" }];
  }
}

const lines = (text: string | undefined): string[] => (text === undefined ? [] : text.split("\n").filter(line => line !== ""));
const round = (value: number): number => Math.round(value * 1000) / 1000;
