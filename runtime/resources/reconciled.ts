/** What the one dynamic provider does for one type of resource. */

/** What a look found: the inputs as they are kept, and what is wrong with them. */
export interface Checked<Inputs> {
  readonly inputs: Inputs;
  /** Refuse the update before anything is changed; `property` is the input that is wrong. */
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

export interface Changes {
  readonly changes: boolean;
  /** Inputs whose change makes another object of it: the old one is deleted. */
  readonly replaces?: readonly string[];
}

/**
 * One type of resource. `Found` is what `check` or `apply` adds to the inputs, and is kept in the state with them; JSON
 * only.
 */
export interface Reconciled<Inputs extends object, Found extends object = object> {
  /** Pulumi's id of the resource. */
  id(inputs: Inputs): string;
  /** What is to be brought about; kept as `receipt` once it is. See `model/aims.ts`. Default: nothing that a row claims. */
  aim?(inputs: Inputs): string | null;
  /** Runs in previews and updates; reads only. Lines that it prints are part of the preview. */
  check?(news: Inputs, olds: Partial<Inputs & Found>): Promise<Checked<Inputs>>;
  /** Makes it so, whether or not it was so before; returns what is kept in the state besides the inputs. */
  apply(news: Inputs, olds?: Inputs & Found): Promise<Found>;
  /** Whether an update has something to do. */
  changes(olds: Inputs & Found, news: Inputs): Changes | Promise<Changes>;
  /** The state keeps what `apply` returned and no second copy of the inputs: nothing here reads them. Default: false. */
  readonly keepsFoundAlone?: true;
  /** Runs when the resource leaves the program; without it everything stays as it is. */
  remove?(olds: Inputs & Found): Promise<void>;
}
