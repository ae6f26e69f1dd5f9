/** What an update changes, one after the other, and what becomes of it. */

/** A change fails, the process dies before or after it, or somebody presses Ctrl-C. */
export type Fate = "error" | "kill" | "kill-after" | "interrupt" | null;

/** The process of a killed update: nothing it does after has any effect. */
export class Killed extends Error {}

/** What must never happen, and did. */
export class Fault extends Error {}

/** A world that one process at a time acts on. */
export class Acted {
  /** Asked before each change of an update, by its number and what it is. */
  fate: (change: number, what: string) => Fate = () => null;
  /** What the update at hand has changed so far. */
  changes: string[] = [];
  interrupted = false;
  dead = false;
  /** What gives no answer to the process at hand. */
  silent: "source" | "target" | "connect" | null = null;
  /** The first that was seen; whoever catches its error does not make it undone. */
  fault: Fault | null = null;

  fails(message: string): never {
    this.fault ??= new Fault(message);
    throw this.fault;
  }

  /** A new process begins. */
  begin(fate: Acted["fate"] = () => null, silent: Acted["silent"] = null): void {
    Object.assign(this, { fate, silent, changes: [], interrupted: false, dead: false });
  }

  alive(): void {
    if (this.dead) throw new Killed("the process was killed");
  }

  /** Something outside is asked. */
  answers(who: Acted["silent"]): void {
    this.alive();
    if (this.silent === who) throw new Error(`${who} gave no answer`);
  }

  /** One change of the process at hand, which may fail, or be its last. */
  change<T>(what: string, act: () => T): T {
    this.alive();
    this.changes.push(what);
    const fate = this.fate(this.changes.length, what);
    if (fate === "error") throw new Error(`${what} was refused`);
    if (fate === "interrupt") this.interrupted = true;
    if (fate === "kill") this.dead = true;
    this.alive();
    const result = act();
    if (fate === "kill-after") this.dead = true;
    this.alive();
    return result;
  }
}
