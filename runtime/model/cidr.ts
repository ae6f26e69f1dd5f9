/** Ranges of addresses as NetworkPolicies and load balancers take them. */
import { isIP } from "node:net";
import { z } from "zod";
import { found, reason } from "./forms.ts";

/** Whether a text is an address with the length of its network: `10.20.0.0/16`, `fd00::/8`. */
export function isCidr(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= bits;
}

/** Whether it is every address there is. */
export const isEverywhere = (cidr: string): boolean => cidr.endsWith("/0");

const cidr = z.string().refine(isCidr, {
  error: ({ input }) => `${found(input)}; allowed: addresses with the length of their network, such as 10.20.0.0/16`,
});

/** Addresses of which nobody can say whose they are are refused, unless somebody says why. */
export const rangeSchema = z
  .strictObject({
    cidr: cidr.describe("the addresses").meta({ examples: ["10.20.0.0/16"] }),
    reason: reason()
      .optional()
      .describe("why it has to be every address there is; default: none, required by 0.0.0.0/0 and ::/0"),
  })
  .refine((range) => !isCidr(range.cidr) || !isEverywhere(range.cidr) || range.reason !== undefined, {
    error: ({ input }) =>
      `found ${(input as { cidr: string }).cidr}, which is every address; allowed: the addresses of the clients, or a reason next to it`,
    path: ["cidr"],
  })
  .meta({ id: "range" });

export type Range = z.output<typeof rangeSchema>;
