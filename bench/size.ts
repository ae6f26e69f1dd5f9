/** How much of everything a benchmark generates. */
export interface Size {
  readonly topics: number;
  readonly groups: number;
  readonly workloads: number;
}
