import { describe, expect, it } from '@jest/globals';
import { isPublicAddress } from './public-address.js';

describe('a public address', () => {
  it.each(['8.8.8.8', '93.184.216.34', '198.20.0.1', '2606:4700::1', '2a00:1450:4001::1', '::ffff:8.8.8.8'])(
    '%s is one',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ['127.0.0.1', 'this machine'],
    ['127.255.255.254', 'this machine'],
    ['0.0.0.0', 'this machine'],
    ['10.1.2.3', 'a private network'],
    ['172.16.0.1', 'a private network'],
    ['172.31.255.255', 'a private network'],
    ['192.168.0.1', 'a private network'],
    ['169.254.169.254', 'the metadata service of a cloud'],
    ['100.64.0.1', 'the NAT of a carrier'],
    ['198.18.0.1', 'benchmarking'],
    ['192.0.2.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['::', 'this machine'],
    ['::1', 'this machine'],
    ['::7f00:1', 'IPv4 in the old form'],
    ['::ffff:127.0.0.1', 'IPv4 in IPv6'],
    ['::ffff:a9fe:a9fe', 'IPv4 in IPv6'],
    ['64:ff9b::7f00:1', 'NAT64'],
    ['64:ff9b:1::a00:1', 'NAT64 of a network'],
    ['2002:7f00:1::', '6to4'],
    ['2001:0:1::', 'Teredo'],
    ['fe80::1', 'the link'],
    ['fe80::1%eth0', 'the link'],
    ['fc00::1', 'a private network'],
    ['fd12::1', 'a private network'],
    ['fec0::1', 'a private network'],
    ['ff02::1', 'multicast'],
    ['100::1', 'discarded'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['example.org', 'a name'],
    ['', 'nothing'],
    ['1.2.3', 'cut short'],
  ])('%s is none: %s', (address) => expect(isPublicAddress(address)).toBe(false));
});
