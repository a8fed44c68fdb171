/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Health checks. The agent's sockets send by one end of a veth pair, to a VIP, and name the NIC's device in
 * the packet's mark; at the other end the packet takes the last step of a client's: the VIP becomes the NIC's
 * address where the policy says so, and the device gets it. The answer is taken in by the end it was sent by.
 */
#ifndef LODESTONE_PROBE_H
#define LODESTONE_PROBE_H

#include "echo.h"
#include "prober.h"
#include "translate.h"

#define PROBE_OUT 0x80000000u /* of a mark, beside the device's index: no veth, the packet goes out of it */

/* Where the ICMP header is in the frame; 0: this is no echo request as the agent makes them, plain and whole.
 */
static __always_inline __u32 find_echo_request(struct __sk_buff *skb, bool ipv6)
{
	struct ipv6hdr ip6;
	struct iphdr ip;
	__u32 at;
	__u8 type;

	if (ipv6) {
		at = ETH_HLEN + sizeof(ip6);
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip6, sizeof(ip6)) || ip6.version != 6 ||
		    ip6.nexthdr != IPPROTO_ICMPV6)
			return 0;
	} else {
		at = ETH_HLEN + sizeof(ip);
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl != 5 ||
		    ip.protocol != IPPROTO_ICMP || ip.frag_off & bpf_htons(IPV4_FRAGMENT))
			return 0;
	}
	if (bpf_skb_load_bytes(skb, at, &type, sizeof(type)) ||
	    type != (ipv6 ? ECHO_REQUEST_IPV6 : ECHO_REQUEST_IPV4))
		return 0;
	return at;
}

/*
 * An echo request to a VIP that the NIC translates: the same as translate_in(), which leaves echo alone since
 * clients' is answered by gateways. There is no flow to remember: the answer stays one of the NIC's own
 * address, by which the agent knows it. Global, as serve_rare().
 */
__noinline int translate_echo(struct __sk_buff *skb, __u32 ifindex)
{
	struct exchange x = {};
	const struct address *nic;
	struct address_pair pair;
	__u32 at;

	if (!read_addresses(skb, &pair))
		return TRANSLATE_NONE;
	nic = find_translation(ifindex, &pair.dst);
	if (!nic || same_address(nic, &pair.dst))
		return TRANSLATE_NONE;
	at = find_echo_request(skb, pair.ipv6);
	if (!at)
		return TRANSLATE_NONE;
	x.from = pair.dst;
	x.to = *nic;
	x.ipv6 = pair.ipv6;
	x.at = ETH_HLEN +
	       (x.ipv6 ? IPV6_SOURCE_AT + sizeof(struct address) : IPV4_SOURCE_AT + sizeof(__be32));
	if (x.ipv6)
		x.check = at + ICMP_CHECK_AT; /* addresses are under it (RFC 4443, 2.3) */
	return exchange_address(skb, &x) ? TRANSLATE_BAD : TRANSLATE_DONE;
}

static __always_inline int translate_probe(struct __sk_buff *skb, __u32 ifindex)
{
	int translation = translate_echo(skb, ifindex);

	if (translation == TRANSLATE_NONE)
		return translate_counted(skb, ifindex);
	return count_translation(skb, translation);
}

static __always_inline int deliver_probe(struct __sk_buff *skb)
{
	struct nic_source_key key = {.ifindex = skb->mark & ~PROBE_OUT};
	const struct nic_source *link = bpf_map_lookup_elem(&nic_sources, &key);
	bool out = skb->mark & PROBE_OUT;
	__u8 mac[ETH_ALEN];

	/* What the kernel says on every link by itself. */
	if (!key.ifindex || !link)
		return TC_ACT_SHOT;
	__builtin_memcpy(mac, link->mac, sizeof(mac));
	if (translate_probe(skb, key.ifindex) == TRANSLATE_BAD)
		return TC_ACT_SHOT;
	count_verdict(VERDICT_PROBE, skb->len - ETH_HLEN);
	skb->mark = 0;
	if (out) {
		bpf_skb_store_bytes(skb, 0, mac, sizeof(mac), 0);
		return bpf_redirect(key.ifindex, 0);
	}
	bpf_skb_change_type(skb, PACKET_HOST);
	return bpf_redirect_peer(key.ifindex, 0);
}

/*
 * An answer, to the device it was asked from: a route of a network that no VNI is. Negative where the agent
 * checks nothing. Global, as serve_rare().
 */
__noinline int answer_prober(struct __sk_buff *skb)
{
	struct route_key key = {.network = PROBER_NETWORK};
	const struct real *prober = bpf_map_lookup_elem(&routes, &key);

	if (!prober || bpf_skb_store_bytes(skb, 0, prober->eth, ETH_ALEN, 0))
		return -1;
	return bpf_redirect(prober->ifindex, BPF_F_INGRESS);
}

#endif
