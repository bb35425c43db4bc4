/** Names of zones at an instant, as java.time has them. */
import { findTimeZone, type TimeZone } from "./time-zone.ts";

/** Short names by long ones; Unicode's data has them only for zones of a locale's own countries. */
const SHORT: Readonly<Record<string, string>> = Object.fromEntries(`
  Newfoundland Standard Time:NST|Newfoundland Daylight Time:NDT|Atlantic Standard Time:AST|Atlantic Daylight Time:ADT|Brasilia Standard Time:BRT|Argentina Standard Time:ART|Colombia Standard Time:COT
  Greenwich Mean Time:GMT|British Summer Time:BST|Central European Standard Time:CET|Central European Summer Time:CEST|Eastern European Standard Time:EET|Eastern European Summer Time:EEST
  Western European Standard Time:WET|Western European Summer Time:WEST|Moscow Standard Time:MSK|West Africa Time:WAT|East Africa Time:EAT|South Africa Standard Time:SAST|Central Africa Time:CAT
  Israel Standard Time:IST|Israel Daylight Time:IDT|Gulf Standard Time:GST|Arabian Standard Time:AST|Pakistan Standard Time:PKT|India Standard Time:IST|Nepal Time:NPT|Bangladesh Standard Time:BDT
  Indochina Time:ICT|Western Indonesia Time:WIB|China Standard Time:CST|Hong Kong Standard Time:HKT|Singapore Standard Time:SGT|Japan Standard Time:JST|Korean Standard Time:KST|Chamorro Standard Time:ChST
  Australian Western Standard Time:AWST|Australian Central Standard Time:ACST|Australian Central Daylight Time:ACDT|Australian Eastern Standard Time:AEST|Australian Eastern Daylight Time:AEDT
  New Zealand Standard Time:NZST|New Zealand Daylight Time:NZDT`.trim().split(/\||\n\s+/).map(entry => entry.split(":")));

/** The name of a zone at an instant: of its standard or its summer time, or of both. */
export function zoneName(zone: TimeZone, epochMicros: bigint, style: "long" | "short" | "longGeneric" | "shortGeneric"): string {
  if (zone.id === "GMT") return style.startsWith("long") ? "Greenwich Mean Time" : "GMT";
  if (zone.id === "UTC" || zone.id === "Z" || zone.id === "Etc/UTC") return style.startsWith("long") ? "Coordinated Universal Time" : "UTC";
  const name = (form: typeof style): string => new Intl.DateTimeFormat("en-US", { timeZone: zone.id, timeZoneName: form }).formatToParts(Number(epochMicros / 1000n)).find(part => part.type === "timeZoneName")!.value;
  try {
    return (style === "short" ? SHORT[name("long")] : undefined) ?? name(style);
  } catch {
    return zone.id;
  }
}

/** Zones that names stand for in text, whatever the season: of summer or not, they mean the clocks of a place. */
const PLACES: Readonly<Record<string, string>> = Object.fromEntries(`
  America/Los_Angeles PST PDT PT|America/Denver MST MDT|America/Chicago CST CDT CT|America/New_York EST EDT ET|America/Halifax AST ADT|America/Anchorage AKST AKDT|Pacific/Honolulu HST|America/St_Johns NST NDT
  America/Sao_Paulo BRT|America/Argentina/Buenos_Aires ART|America/Bogota COT|Europe/Paris CET CEST|Europe/Athens EET EEST|Europe/Lisbon WET WEST|Europe/Moscow MSK|Africa/Lagos WAT|Africa/Nairobi EAT|Africa/Harare CAT
  Africa/Johannesburg SAST|Asia/Karachi PKT|Asia/Kathmandu NPT|Asia/Dhaka BDT|Asia/Bangkok ICT|Asia/Jakarta WIB|Asia/Hong_Kong HKT|Asia/Singapore SGT|Asia/Tokyo JST|Asia/Seoul KST|Australia/Perth AWST
  Australia/Sydney AEST AEDT|Pacific/Auckland NZST NZDT|Pacific/Guam CHST`.trim().split(/\||\n\s+/).flatMap(entry => { const [place, ...names] = entry.split(" "); return names.map(name => [name, place!]); }));

let longNames: ReadonlyMap<string, string> | undefined;
const JANUARY = 1_704_067_200_000_000n, JULY = 1_719_792_000_000_000n;

/** The zone whose name a text begins with, and how long the name is; the longest counts, in any case of its letters. */
export function zoneNamed(text: string): { readonly zone: TimeZone; readonly length: number } | undefined {
  const word = /^[A-Za-z]+/.exec(text)?.[0] ?? "", short = PLACES[word.toUpperCase()];
  if (word.length > 3 && text[word.length] === " ") {
    longNames ??= new Map([...new Set(Object.values(PLACES))].flatMap(place => [JANUARY, JULY].map(at => [zoneName(findTimeZone(place)!, at, "long").toLowerCase(), place] as const)));
    const lower = text.toLowerCase();
    for (const [name, place] of longNames) if (lower.startsWith(name)) return { zone: findTimeZone(place)!, length: name.length };
  }
  return short === undefined || /^[/_+\-\d]/.test(text.slice(word.length)) ? undefined : { zone: findTimeZone(short)!, length: word.length };
}
