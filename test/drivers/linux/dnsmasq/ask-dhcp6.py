# Waits for a router advertisement (RFC 4861), then asks for an IPv6 address as a guest's DHCPv6 client does (RFC 8415), and prints what
# both say.
import logging, sys, time
logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import AsyncSniffer, Ether, IPv6, UDP, conf, get_if_hwaddr, sendp
from scapy.layers.dhcp6 import (DHCP6_Advertise, DHCP6_Solicit, DHCP6OptClientId, DHCP6OptDNSServers, DHCP6OptElapsedTime,
    DHCP6OptIA_NA, DHCP6OptIAAddress, DHCP6OptOptReq, DUID_LL)
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6ND_RS, ICMPv6NDOptPrefixInfo
mac = get_if_hwaddr("eth0")
octets = [int(octet, 16) for octet in mac.split(":")]
link_local = "fe80::%x:%x:%x:%x" % ((octets[0] ^ 2) << 8 | octets[1], octets[2] << 8 | 0xff, 0xfe00 | octets[3], octets[4] << 8 | octets[5])


def ask(what, question, wait_for):
    sniffer = AsyncSniffer(iface="eth0", filter=wait_for, count=1, timeout=10)
    sniffer.start()
    for attempt in range(9):
        time.sleep(1)
        if not sniffer.running:
            break
        sendp(question, iface="eth0", verbose=False)
    sniffer.join()
    if not sniffer.results:
        sys.exit(f"nobody answered: {what}")
    return sniffer.results[0]


router = ask(
    "router solicitation",
    Ether(src=mac, dst="33:33:00:00:00:02") / IPv6(src=link_local, dst="ff02::2") / ICMPv6ND_RS(),
    "icmp6 and ip6[40] == 134",
)
prefix = router[ICMPv6NDOptPrefixInfo]
print(f"managed={router[ICMPv6ND_RA].M} prefix={prefix.prefix}/{prefix.prefixlen} autonomous={prefix.A} lifetime={router[ICMPv6ND_RA].routerlifetime > 0}")
answer = ask(
    "DHCPv6 solicit",
    Ether(src=mac, dst="33:33:00:01:00:02") / IPv6(src=link_local, dst="ff02::1:2") / UDP(sport=546, dport=547)
    / DHCP6_Solicit(trid=77) / DHCP6OptClientId(duid=DUID_LL(hwtype=1, lladdr=mac)) / DHCP6OptElapsedTime()
    / DHCP6OptOptReq(reqopts=[23]) / DHCP6OptIA_NA(iaid=1, T1=0, T2=0),
    "udp dst port 546",
)
offered = answer[DHCP6OptIA_NA].ianaopts if DHCP6OptIA_NA in answer else []
address = ",".join(option.addr for option in offered if isinstance(option, DHCP6OptIAAddress)) or "none"
servers = ",".join(answer[DHCP6OptDNSServers].dnsservers) if DHCP6OptDNSServers in answer else "none"
print(f"address={address} dns={servers}")
