/** Half an hour of logs of four services; in the last ten minutes payments begin to fail in a new way. */
import { byArrival, chanceFrom, iso } from "../lib/input.ts";

const BEGINS = Date.parse("2026-03-03T09:00:00Z"), MINUTES = 30, BREAKS = 20;

export function logLines(count: number, seed = 3): { at: string; service: string; level: string; message: string }[] {
  const chance = chanceFrom(seed);
  const lines = Array.from({ length: count }, () => {
    const millis = chance.below(MINUTES * 60_000), service = chance.oneOf(["cart", "login", "payments", "search"]), at = iso(BEGINS + millis);
    if (service === "payments" && millis > BREAKS * 60_000 && chance.isHit(0.4)) return { at, service, level: "ERROR", message: `card gateway refused order ${chance.below(10_000)}: certificate expired` };
    if (chance.isHit(0.02)) return { at, service, level: "ERROR", message: chance.oneOf([`timeout after ${chance.below(5_000)} ms`, `connection ${chance.below(100)} reset by peer`]) };
    return { at, service, level: "INFO", message: `GET /${service}/${chance.below(1_000)} 200` };
  });
  return byArrival(lines, () => chance.below(5_000));
}
