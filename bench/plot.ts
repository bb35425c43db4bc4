/** Lines over one axis as SVG: panels under each other, each from zero. */
export interface Line { readonly title: string; readonly points: readonly (readonly [x: number, y: number])[] }
export interface Plot { readonly title: string; readonly xTitle: string; readonly panels: readonly { readonly title: string; readonly lines: readonly Line[] }[] }

const WIDTH = 760, PANEL = 170, LEFT = 60, RIGHT = 20, TOP = 40, GAP = 46, COLORS = ["#2563eb", "#d97706", "#059669"];
/** Points a line is drawn with at most: of each stretch the greatest. */
const MOST_POINTS = 700;

export function plot({ title, xTitle, panels }: Plot): string {
  const xs = panels.flatMap(panel => panel.lines.flatMap(line => line.points.map(([x]) => x))), xMost = niceAbove(Math.max(...xs)), height = TOP + panels.length * (PANEL + GAP) + 20;
  const atX = (x: number) => LEFT + x / xMost * (WIDTH - LEFT - RIGHT);
  const parts = panels.map((panel, i) => {
    const top = TOP + i * (PANEL + GAP) + 18, most = niceAbove(Math.max(...panel.lines.flatMap(line => line.points.map(([, y]) => y)))), atY = (y: number) => top + PANEL - y / most * PANEL;
    const grid = [0, 0.25, 0.5, 0.75, 1].map(share => `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${atY(share * most)}" y2="${atY(share * most)}" stroke="#ddd"/><text x="${LEFT - 6}" y="${atY(share * most) + 4}" text-anchor="end">${text(share * most)}</text>`);
    const ticks = [0, 0.25, 0.5, 0.75, 1].map(share => `<text x="${atX(share * xMost)}" y="${top + PANEL + 15}" text-anchor="middle">${text(share * xMost)}</text>`);
    const lines = panel.lines.map((line, k) => `<polyline fill="none" stroke="${COLORS[k]}" stroke-width="1.5" points="${thinned(line.points).map(([x, y]) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`).join(" ")}"/>`);
    const names = panel.lines.map((line, k) => `<text x="${WIDTH - RIGHT - (panel.lines.length - 1 - k) * 210}" y="${top - 6}" text-anchor="end" fill="${COLORS[k]}">${line.title}</text>`);
    return `<text x="${LEFT}" y="${top - 6}" font-weight="bold">${panel.title}</text>${[...grid, ...ticks, ...lines, ...names].join("\n")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="#333">
<rect width="${WIDTH}" height="${height}" fill="#fff"/><text x="${LEFT}" y="22" font-size="14" font-weight="bold">${title}</text>
${parts.join("\n")}
<text x="${WIDTH - RIGHT}" y="${height - 8}" text-anchor="end">${xTitle}</text></svg>
`;
}

function thinned(points: Line["points"]): Line["points"] {
  const step = Math.ceil(points.length / MOST_POINTS);
  if (step <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / step) }, (_, i) => points.slice(i * step, (i + 1) * step).reduce((most, point) => (point[1] > most[1] ? point : most)));
}

function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 4, 5, 8, 10].map(factor => factor * power).find(nice => nice >= value) ?? 10 * power;
}

const text = (value: number): string => String(Number(value.toPrecision(3)));
