/** Kilometres along the surface of the earth, by the haversine formula. */
export function distance(from: OnEarth, to: OnEarth): number {
  const radians = Math.PI / 180, half = (degrees: number) => Math.sin(degrees * radians / 2) ** 2;
  const a = half(to.latitude - from.latitude) + Math.cos(from.latitude * radians) * Math.cos(to.latitude * radians) * half(to.longitude - from.longitude);
  return 2 * 6371 * Math.asin(Math.sqrt(a));
}
/** Degrees. */
export interface OnEarth { readonly latitude: number; readonly longitude: number }
