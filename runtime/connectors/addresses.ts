/** Addresses in properties' values: which are known to be of a side, and which look like it. Pure. */

/** One spelling of `host:port`. */
export const normalAddress = (address: string): string =>
  address
    .trim()
    .toLowerCase()
    .replace(/\.(?=:\d+$)/, "")
    .replace(/\.svc\.cluster\.local(?=:)/, ".svc")
    .replace(/:0+(?=\d)/, ":");

/** One spelling of a base URL. */
export function normalUrl(url: string): string {
  const text = url.trim();
  if (!URL.canParse(text)) return text;
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host.replace(/\.svc\.cluster\.local(?=:|$)/, ".svc")}${pathname.replace(/\/+$/, "")}`;
}

/** The entries of a comma-separated list; none of an empty text. */
export const entriesOf = (value: string): string[] =>
  value
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);

/** `host:port` of a base URL, the protocol's own port included. */
export function hostPortOf(url: string): string {
  if (!URL.canParse(url)) return normalAddress(url);
  const { hostname, port, protocol } = new URL(url);
  return normalAddress(`${hostname}:${port || (protocol === "https:" ? "443" : "80")}`);
}

/** Which of these `host:port`s occurs in a value, or null. */
export function addressIn(value: string, addresses: readonly string[]): string | null {
  const text = value.toLowerCase();
  const found = addresses.find((address) => {
    const [host = "", port = ""] = splitAt(normalAddress(address));
    const end = `(\\.cluster\\.local)?\\.?:0*${port}(?!\\d)`;
    return new RegExp(`(?<![\\w.-])${escaped(host)}${end}`).test(text);
  });
  return found ?? null;
}

/** Host and port of `host:port`; the host may be an IPv6 address in brackets. */
function splitAt(address: string): [string, string] {
  const colon = address.lastIndexOf(":");
  return [address.slice(0, colon), address.slice(colon + 1)];
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
