/** How fast something is worked off, and how long it still takes. Pure. */
import { count } from "../model/words.ts";

/** What happened between two readings. */
export interface Pace {
  readonly seconds: number;
  /** Offsets that were worked off. */
  readonly done: bigint;
  /** Offsets that came to it meanwhile. @default none */
  readonly added?: bigint;
}

/** `1200 offsets a minute, about 3 min to go`: what is left at the pace of the two readings; null where they say nothing. */
export function paceText(left: bigint, { seconds, done, added = 0n }: Pace): string | null {
  if (seconds <= 0) return null;
  const perMinute = (offsets: bigint) => BigInt(Math.round((Number(offsets) * 60) / seconds));
  const rate = `${count(perMinute(done), "offset")} a minute`;
  const gained = done - added;
  if (left === 0n) return rate;
  if (gained <= 0n) {
    return added > 0n ? `${rate}, while ${perMinute(added)} a minute are written: at this pace it never ends` : null;
  }
  return `${rate}, about ${lasting((Number(left) * seconds) / Number(gained))} to go`;
}

/** `12 s`, `5 min`, `3.5 h`. */
function lasting(seconds: number): string {
  if (seconds < 90) return `${Math.max(Math.round(seconds), 1)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
