// Catches a colour that can't be read on its ground, or that a colour-blind reader can't tell from its neighbours.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

type Rgb = readonly [number, number, number];
const css = readFileSync(new URL("../../ui/style.css", import.meta.url), "utf8");
const tokens = new Map([...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(([, name, light, dark]) => [name!, [rgb(light!), rgb(dark!)] as const]));
const themes = ["light", "dark"] as const;
const of = (name: string, theme: number): Rgb => tokens.get(name)?.[theme] ?? assert.fail(`there is no token ${name}`);

function rgb(hex: string): Rgb {
  return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb;
}
const linear = (value: number): number => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = (color: Rgb): number => 0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2]);
const contrast = (a: Rgb, b: Rgb): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
};

test("the colours are known to be read right", () => {
  assert.ok(tokens.size >= 28, `${tokens.size}`);
  assert.ok(Math.abs(contrast([0, 0, 0], [1, 1, 1]) - 21) < 1e-9);
  assert.ok(Math.abs(contrast(rgb("#777777"), [1, 1, 1]) - 4.48) < 0.01);
});

test("text has a contrast of 4.5 on every ground that it stands on", () => {
  const pairs = [...["ink", "ink2", "ink3", "accent-ink", "ok", "warn", "bad"].flatMap(text => ["bg", "surface", "sunken"].map(ground => [text, ground] as const)),
    ["warn", "warn-weak"], ["ink", "warn-weak"], ["bad", "bad-weak"], ["ink", "bad-weak"], ["ink2", "bad-weak"], ["ink3", "bad-weak"], ["accent-ink", "bad-weak"], ["accent-ink", "accent-weak"], ["ink", "accent-weak"]] as const;
  for (const theme of [0, 1]) for (const [text, ground] of pairs) assert.ok(contrast(of(text, theme), of(ground, theme)) >= 4.5, `${text} on ${ground}, ${themes[theme]}: ${contrast(of(text, theme), of(ground, theme)).toFixed(2)}`);
});

test("marks have a contrast of 3 on a card", () => {
  for (const theme of [0, 1]) for (const mark of ["accent", "ok", "warn-mark", "bad-mark", "in", "capacity", "state", "phase-read", "phase-plan", "phase-compute", "phase-commit", "focus"]) assert.ok(contrast(of(mark, theme), of("surface", theme)) >= 3, `${mark}, ${themes[theme]}: ${contrast(of(mark, theme), of("surface", theme)).toFixed(2)}`);
});

/** Full dichromacy in linear RGB: Machado, Oliveira and Fernandes 2009, severity 1. */
const blindness: Readonly<Record<string, readonly Rgb[]>> = {
  none: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** CIE L*a*b* (D65) of a colour as someone sees it. */
function lab(color: Rgb, matrix: readonly Rgb[]): Rgb {
  const [r, g, b] = matrix.map(row => Math.max(0, Math.min(1, row.reduce((sum, weight, i) => sum + weight * linear(color[i]!), 0)))) as unknown as Rgb;
  const [x, y, z] = [(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047, 0.2126 * r + 0.7152 * g + 0.0722 * b, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883].map(value => value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116) as unknown as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test("colours of a group stay apart for every kind of colour vision", () => {
  for (const theme of [0, 1]) for (const group of [["phase-read", "phase-plan", "phase-compute", "phase-commit"], ["ok", "warn", "bad"], ["in", "warn-mark", "bad-mark"]]) for (const [kind, matrix] of Object.entries(blindness)) for (const [i, a] of group.entries()) for (const b of group.slice(i + 1)) {
    const one = lab(of(a, theme), matrix), other = lab(of(b, theme), matrix), distance = Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
    assert.ok(distance >= 18, `${a} and ${b}, ${themes[theme]}, ${kind}: ${distance.toFixed(1)}`);
  }
});
