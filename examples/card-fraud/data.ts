/** Payments of a day near the owners' homes; some cards are copied, and used in bursts or on another continent. */
import { byArrival, chanceFrom, iso } from "../lib/input.ts";

const BEGINS = Date.parse("2026-03-07T06:00:00Z"), DAY = 16 * 3_600_000;
const CITIES = [{ latitude: 48.86, longitude: 2.35 }, { latitude: 52.52, longitude: 13.4 }, { latitude: 40.71, longitude: -74.01 }, { latitude: 35.68, longitude: 139.69 }];

export interface MadePayment { readonly at: string; readonly card: string; readonly amount: number; readonly latitude: number; readonly longitude: number }

export function payments(cards: number, seed = 7): MadePayment[] {
  const chance = chanceFrom(seed), made: MadePayment[] = [];
  for (let i = 0; i < cards; i++) {
    const card = `card-${i}`, home = chance.oneOf(CITIES), pay = (millis: number, city = home): void => {
      made.push({ at: iso(millis), card, amount: 1 + chance.below(20_000) / 100, latitude: city.latitude + chance.next() / 10, longitude: city.longitude + chance.next() / 10 });
    };
    for (let count = 2 + chance.below(8); count > 0; count--) pay(BEGINS + chance.below(DAY));
    if (chance.isHit(0.05)) for (let count = 6, at = BEGINS + chance.below(DAY); count > 0; count--, at += chance.below(9_000)) pay(at);
    if (chance.isHit(0.05)) pay(BEGINS + chance.below(DAY), chance.oneOf(CITIES));
  }
  return byArrival(made, () => chance.below(25_000));
}
