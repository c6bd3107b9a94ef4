import ipaddr from 'ipaddr.js';

/** What the library calls unicast and no host of the public internet has: benchmarking, documentation (RFC 2544, RFC 9637). */
const NOT_PUBLIC = ['198.18.0.0/15', '3fff::/20'].map((range) => ipaddr.parseCIDR(range));
/** The addresses that are given out at all (RFC 4291); all else of IPv6 is local, translated or reserved. */
const GIVEN_OUT = ipaddr.parseCIDR('2000::/3');

/**
 * Whether an IP address is one of the public internet: none of this machine, its networks, a cloud's metadata service,
 * a carrier's NAT, a translation (NAT64, 6to4, Teredo) or a group. An IPv4 address in IPv6 form is judged as itself;
 * what is no address is not public. Pure.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  if (address.kind() === 'ipv6' && !within(address, GIVEN_OUT)) return false;
  return !NOT_PUBLIC.some((range) => within(address, range));
}

type Address = ReturnType<typeof ipaddr.process>;
type Range = ReturnType<typeof ipaddr.parseCIDR>;

function within(address: Address, [base, bits]: Range): boolean {
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
}
