/** An hour of positions, one each ten seconds a vehicle, of vans that wander about a city with a few zones. */
import { chanceFrom, iso } from "../lib/input.ts";

const BEGINS = Date.parse("2026-03-09T07:00:00Z");

export const ZONES = [
  { zone: "depot", latitude: 48.86, longitude: 2.35, metres: 800 },
  { zone: "centre", latitude: 48.855, longitude: 2.345, metres: 3_000 },
  { zone: "airport", latitude: 48.89, longitude: 2.42, metres: 1_500 },
];

export function positions(vehicles: number, seed = 9): { at: string; vehicle: string; latitude: number; longitude: number }[] {
  const chance = chanceFrom(seed), fleet = Array.from({ length: vehicles }, (_, i) => ({ vehicle: `van-${i}`, latitude: 48.86, longitude: 2.35, north: 0, east: 0 })), sent = [];
  for (let second = 0; second < 3_600; second += 10) {
    for (const van of fleet) {
      if (chance.isHit(0.1)) {
        van.north = (chance.next() - 0.45) / 500;
        van.east = (chance.next() - 0.35) / 500;
      }
      van.latitude += van.north;
      van.longitude += van.east;
      sent.push({ at: iso(BEGINS + 1000 * second), vehicle: van.vehicle, latitude: van.latitude, longitude: van.longitude });
    }
  }
  return sent;
}
