import type { DemoOptions } from "../cli.ts";

/** What the demo of a move to a vendor was asked to do. */
export interface VendorDemoOptions extends DemoOptions {
  readonly vendor: true;
}

export const isVendorDemo = (options: {
  readonly strategy: string;
  readonly vendor?: boolean;
}): options is VendorDemoOptions => options.vendor === true;
