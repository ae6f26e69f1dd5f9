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

/** A network of fewer bits is so large that nobody can say whose its addresses are; two of one bit are all there are. */
const fewestBits = 8;

/** Whether it is every address there is, or a share of them that is nobody's. */
export const isEverywhere = (cidr: string): boolean => Number(cidr.split("/")[1]) < fewestBits;

/** The range with an address that has no bits behind the network's length: `10.0.0.0/8` of `10.0.0.1/8`. */
export function networkOf(cidr: string): string {
  const [address = "", length = ""] = cidr.split("/");
  const four = isIP(address) === 4;
  const parts = four ? address.split(".").map(Number) : partsOfSix(address);
  const width = four ? 8 : 16;
  const masked = parts.map((part, at) => {
    const bits = Math.min(Math.max(Number(length) - at * width, 0), width);
    return part & ((2 ** bits - 1) << (width - bits));
  });
  return `${four ? masked.join(".") : shortSix(masked)}/${Number(length)}`;
}

/** The eight groups of an IPv6 address. */
function partsOfSix(address: string): number[] {
  const [before = "", after] = shortest(address).split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [head, tail] = [groups(before), groups(after ?? "")];
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

const shortSix = (parts: readonly number[]): string => shortest(parts.map((part) => part.toString(16)).join(":"));

/** As URLs write it: short, in hexadecimal, and always the same. */
const shortest = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);

const isNetwork = (cidr: string): boolean => networkOf(cidr) === normal(cidr);

const normal = (cidr: string): string => {
  const [address = "", length = ""] = cidr.split("/");
  return `${isIP(address) === 6 ? shortest(address) : address}/${Number(length)}`;
};

const cidr = z.string().refine(isCidr, {
  error: ({ input }) => `${found(input)}; allowed: addresses with the length of their network, such as 10.20.0.0/16`,
});

const network = cidr.refine((text) => !isCidr(text) || isNetwork(text), {
  error: ({ input }) =>
    `${found(input)}, which has bits behind the length of its network; did you mean "${networkOf(String(input))}"? allowed: a network, or one address as /32`,
});

/** Addresses of which nobody can say whose they are are refused, unless somebody says why. */
export const rangeSchema = z
  .strictObject({
    cidr: network.describe("the addresses").meta({ examples: ["10.20.0.0/16"] }),
    reason: reason()
      .optional()
      .describe(
        "why it has to be every address there is; default: none, required by 0.0.0.0/0, ::/0 and every network of fewer than 8 bits",
      ),
  })
  .refine((range) => !isCidr(range.cidr) || !isEverywhere(range.cidr) || range.reason !== undefined, {
    error: ({ input }) =>
      `found ${(input as { cidr: string }).cidr}, which is every address, or far more than any client's network; allowed: the addresses of the clients, or a reason next to it`,
    path: ["cidr"],
  })
  .meta({ id: "range" });

export type Range = z.output<typeof rangeSchema>;
