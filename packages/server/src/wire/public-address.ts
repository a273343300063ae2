import { BlockList, isIP } from 'node:net'

/** What IANA has set apart from the public internet (its special-purpose address registries, RFC 6890). */
const SET_APART_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const
/** Of IPv6 only this is given out at all; loopback, local, mapped, translated (NAT64) and multicast lie outside. */
const GIVEN_OUT_IPV6 = ['2000::', 3] as const
/** Protocol assignments (Teredo among them), documentation, and 6to4, which leads to any IPv4 address. */
const SET_APART_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const

const setApart = new BlockList()
for (const [from, bits] of SET_APART_IPV4) setApart.addSubnet(from, bits, 'ipv4')
for (const [from, bits] of SET_APART_IPV6) setApart.addSubnet(from, bits, 'ipv6')
const givenOut = new BlockList()
givenOut.addSubnet(...GIVEN_OUT_IPV6, 'ipv6')

/** Whether this is the number of some machine on the public internet. False for what is no address at all. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !setApart.check(address, 'ipv4')
  return family === 6 && givenOut.check(address, 'ipv6') && !setApart.check(address, 'ipv6')
}
