/** Runs a program and says what it took: CPU and wall time of its whole process tree from start to end, and memory. */
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

export interface Command { readonly program: string; readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> }

export interface Measured {
  /** User and system time of the process and of all that it started, in seconds. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Greatest sum of the resident memory of the process and what it started; undefined where the system doesn't tell. */
  readonly peakMegabytes: number | undefined;
  readonly output: string;
}

/** How often the memory of the processes is looked at. Each tells its own peak, so only the last moment can be missed. */
const SAMPLE_MILLIS = 50;
/** The shell's clock of a child and all its children; nothing else in Node tells it. */
const TIMED = 'TIMEFORMAT="%U %S %R"; exec 3>&2; { time "$@" 2>&3 >&4 4>&- 5>&-; } 2>&5';

/** @throws Error with the end of what the program wrote when it fails */
export async function measure({ program, args, env }: Command): Promise<Measured> {
  const child = spawn("bash", ["-c", TIMED, "bash", program, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe", "ignore", "pipe", "pipe"] });
  const texts = ["", "", ""], streams = [2, 4, 5].map(at => child.stdio[at as 2]);
  streams.forEach((stream, i) => stream!.setEncoding("utf8").on("data", (text: string) => { texts[i] += text; }));
  let peak: number | undefined;
  const sampler = setInterval(() => {
    const now = residentKilobytes(child.pid!);
    if (now !== undefined) peak = Math.max(peak ?? 0, now);
  }, SAMPLE_MILLIS);
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  clearInterval(sampler);
  const [errors = "", output = "", times = ""] = texts;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors.trim().split("\n").slice(-4).join(" | ").slice(0, 600)}`);
  const [user = 0, system = 0, real = 0] = times.trim().split(" ").map(Number);
  return { cpuSeconds: user + system, wallSeconds: real, peakMegabytes: peak === undefined ? undefined : peak / 1000, output };
}

/** Peaks of all processes under `root` (which is a shell), added. */
function residentKilobytes(root: number): number | undefined {
  const children = new Map<number, number[]>();
  try {
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8"), parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        children.set(parent, [...children.get(parent) ?? [], Number(name)]);
      } catch { /* it ended */ }
    }
  } catch { return undefined; }
  const peakOf = (pid: number): number => {
    let own = 0;
    try { own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0); } catch { /* it ended */ }
    return (children.get(pid) ?? []).reduce((sum, one) => sum + peakOf(one), own);
  };
  return (children.get(root) ?? []).reduce((sum, one) => sum + peakOf(one), 0);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
