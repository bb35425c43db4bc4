/** What several page tests measure in the browser. */
import type { Page } from "playwright-core";

/** Watches for elements that move or change their width from now on; the function that it returns tells what did. */
export async function watchShifts(page: Page, fixed: string): Promise<() => Promise<{ shift: number; moved: string[] }>> {
  await page.evaluate(`(() => {
    window.shifts = []; window.widths = new Map([...document.querySelectorAll(${JSON.stringify(fixed)})].map(element => [element, element.getBoundingClientRect().width]));
    window.moved = new Set();
    new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shifts.push([entry.value, entry.sources.map(source => source.node?.parentElement?.className + ":" + source.node?.textContent).join()]); }).observe({ type: "layout-shift", buffered: false });
    setInterval(() => { for (const [element, width] of window.widths) { const now = element.getBoundingClientRect().width; if (now !== width) window.moved.add(element.textContent + " " + width + " to " + now); } }, 100);
  })()`);
  return async () => {
    const [shifts, moved] = await page.evaluate("[window.shifts, [...window.moved]]") as [[number, string][], string[]];
    return { shift: shifts.reduce((sum, [value]) => sum + value, 0), moved: [...moved, ...shifts.map(([value, what]) => `${value} ${what}`)] };
  };
}

/** Links, buttons and fields that are smaller than 44 by 44. */
export async function smallTargets(page: Page): Promise<string[]> {
  return await page.evaluate(`[...document.querySelectorAll("a, button, input, summary")].filter(element => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 0 && style.visibility !== "hidden" && !element.closest(".skip, .unseen") && (box.width < 43.9 || box.height < 43.9);
  }).map(element => { const box = element.getBoundingClientRect(); return element.nodeName + " " + element.textContent + " " + Math.round(box.width) + "x" + Math.round(box.height); })`) as string[];
}
