/** For channels of which a page can do without for a while: waits between attempts, in milliseconds. */
export const CALM_MS = [250, 1_000, 4_000, 15_000] as const;

/** The wait before an attempt, after so many that failed; the last one repeats. */
export function waitAfter(failures: number, waitsMs: readonly number[]): number {
  return waitsMs[Math.min(failures, waitsMs.length - 1)] ?? 0;
}
