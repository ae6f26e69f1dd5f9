/** Whether two ids that brokers reported are of one cluster; false while one of them is not known. */
export const sameCluster = (one: string | null | undefined, other: string | null | undefined): boolean =>
  one !== undefined && one !== null && one !== "" && one === other;
