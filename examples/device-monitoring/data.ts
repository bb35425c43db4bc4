/** An hour of readings, each machine's every ten seconds; some overheat for a while, some fall silent for minutes or for good. */
import { byArrival, chanceFrom, iso } from "../lib/input.ts";

const BEGINS = Date.parse("2026-03-08T10:00:00Z"), HOUR = 3_600_000;

export function readings(machines: number, seed = 8): { at: string; machine: string; celsius: number }[] {
  const chance = chanceFrom(seed), made = [];
  for (let i = 0; i < machines; i++) {
    const isHot = chance.isHit(0.3), hotFrom = chance.below(HOUR), isFailing = chance.isHit(0.3), failsAt = chance.below(HOUR), failsFor = chance.isHit(0.5) ? HOUR : 60_000 + chance.below(600_000);
    for (let millis = chance.below(10_000); millis < HOUR; millis += 9_000 + chance.below(2_000)) {
      if (isFailing && millis > failsAt && millis < failsAt + failsFor) continue;
      const heat = isHot && millis > hotFrom && millis < hotFrom + 300_000 ? 25 : 0;
      made.push({ at: iso(BEGINS + millis), machine: `machine-${i}`, celsius: Math.round((60 + heat + 5 * chance.next()) * 10) / 10 });
    }
  }
  return byArrival(made, () => chance.below(8_000));
}
