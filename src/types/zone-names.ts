/** Names of zones at an instant, as java.time has them. */
import type { TimeZone } from "./time-zone.ts";

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
