/** Six hours of impressions, and the clicks on some: most within ten minutes, some too late to count. */
import { byArrival, chanceFrom, iso } from "../lib/input.ts";

const BEGINS = Date.parse("2026-03-04T12:00:00Z"), HOURS = 6;
const INTEREST = { sneakers: 0.12, insurance: 0.03, holidays: 0.07 };

export interface AdEvents {
  readonly impressions: readonly { readonly at: string; readonly id: string; readonly user: string; readonly campaign: string }[];
  readonly clicks: readonly { readonly at: string; readonly impression: string }[];
}

export function adEvents(count: number, seed = 4): AdEvents {
  const chance = chanceFrom(seed), campaigns = Object.keys(INTEREST) as (keyof typeof INTEREST)[], clicks: { at: string; impression: string }[] = [];
  const impressions = Array.from({ length: count }, (_, i) => {
    const millis = BEGINS + chance.below(HOURS * 3_600_000), campaign = chance.oneOf(campaigns), id = `imp-${i}`;
    if (chance.isHit(INTEREST[campaign])) clicks.push({ at: iso(millis + 500 + chance.below(720_000)), impression: id });
    return { at: iso(millis), id, user: `user-${chance.below(count / 4)}`, campaign };
  });
  return { impressions: byArrival(impressions, () => chance.below(60_000)), clicks: byArrival(clicks, () => chance.below(60_000)) };
}
