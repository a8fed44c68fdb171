/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a workload sends. This machine is its router: it answers ARP and NDP for every address but the
 * workload's own, with the uplink's MAC, which is what the workload then sends to.
 */
#ifndef LODESTONE_NIC_H
#define LODESTONE_NIC_H

#include "config.h"
#include "neighbour.h"

static __always_inline enum nic_source source_at_nic(struct __sk_buff *skb, const struct address *addr)
{
	struct nic_source_key key = {.ifindex = skb->ifindex, .addr = *addr};
	__u32 *source = bpf_map_lookup_elem(&nic_sources, &key);

	return source ? *source : 0;
}

/*
 * A probe for a duplicate (RFC 5227, 2.1: sender 0.0.0.0) is the workload asking for its own address, whether
 * we know that address yet or not: an answer would take it away.
 */
static __always_inline enum verdict nic_arp(struct __sk_buff *skb, const struct config *config,
					    struct ethhdr *eth, struct cursor *c)
{
	struct arp *arp = parse_arp_request(c);
	struct address asked;

	if (!arp || !*(word32 *)arp->sender_ip)
		return PASS_NOT_IP;
	address_from_ipv4(&asked, *(word32 *)arp->target_ip);
	if (source_at_nic(skb, &asked) == NIC_SOURCE_OWN)
		return PASS_NOT_IP;
	write_arp_reply(eth, arp, config->uplink_mac);
	return VERDICT_ARP_REPLY;
}

/* VERDICT_NONE where there is nothing to answer; the same holds for duplicate address detection (RFC
 * 4862, 5.4). */
static __always_inline enum verdict nic_nd(struct __sk_buff *skb, const struct config *config,
					   const struct ipv6hdr *ip6)
{
	struct neighbour *ns = parse_solicitation(ip6, (void *)(long)skb->data_end);
	struct address asked;
	struct ethhdr *eth;

	if (!ns || is_unspecified(&ip6->saddr))
		return VERDICT_NONE;
	address_from_ipv6(&asked, ns->target);
	if (source_at_nic(skb, &asked) == NIC_SOURCE_OWN)
		return VERDICT_NONE;

	if (bpf_skb_change_tail(skb, ADVERTISEMENT_FRAME, 0))
		return DROP_TRUNCATED;
	eth = (void *)(long)skb->data;
	if ((void *)eth + ADVERTISEMENT_FRAME > (void *)(long)skb->data_end)
		return DROP_TRUNCATED;
	write_advertisement(eth, config->uplink_mac);
	return VERDICT_ND_REPLY;
}

/* Neighbour discovery and multicast listener reports (which carry a hop-by-hop header) never leave the link.
 */
static __always_inline bool is_link_signalling(const struct ipv6hdr *ip6)
{
	bool link_local = ip6->saddr.s6_addr[0] == 0xfe && (ip6->saddr.s6_addr[1] & 0xc0) == 0x80;

	return (link_local || is_unspecified(&ip6->saddr)) &&
	       (ip6->nexthdr == IPPROTO_ICMPV6 || ip6->nexthdr == IPPROTO_HOPOPTS);
}

static __always_inline enum verdict verdict_of_source(enum nic_source source)
{
	switch (source) {
	case NIC_SOURCE_VIP:
		return VERDICT_NIC_DSR;
	case NIC_SOURCE_OWN:
		return PASS_NIC_OWN_ADDRESS;
	default:
		return DROP_NIC_SPOOFED;
	}
}

static __always_inline enum verdict nic_ipv4(struct __sk_buff *skb, struct cursor *c)
{
	struct iphdr *ip = parse_ipv4(c);
	struct address source;

	if (!ip)
		return DROP_TRUNCATED;
	address_from_ipv4(&source, ip->saddr);
	return verdict_of_source(source_at_nic(skb, &source));
}

static __always_inline enum verdict nic_ipv6(struct __sk_buff *skb, const struct config *config,
					     struct cursor *c)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct address source;
	enum verdict verdict;

	if (!ip6)
		return DROP_TRUNCATED;
	if (ip6->nexthdr == IPPROTO_ICMPV6) {
		verdict = nic_nd(skb, config, ip6);
		if (verdict)
			return verdict;
	}
	if (is_link_signalling(ip6))
		return PASS_NIC_OWN_ADDRESS;
	address_from_ipv6(&source, &ip6->saddr);
	return verdict_of_source(source_at_nic(skb, &source));
}

static __always_inline enum verdict check_nic_packet(struct __sk_buff *skb, const struct config *config)
{
	struct cursor c;
	struct ethhdr *eth;

	/* Headers may lie in the fragments of a socket buffer. */
	if (skb->data_end - skb->data < ADVERTISEMENT_FRAME)
		bpf_skb_pull_data(skb, skb->len < ADVERTISEMENT_FRAME ? skb->len : ADVERTISEMENT_FRAME);
	c.pos = (void *)(long)skb->data;
	c.end = (void *)(long)skb->data_end;
	eth = parse_ethernet(&c);
	if (!eth)
		return DROP_TRUNCATED;

	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return nic_ipv4(skb, &c);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return nic_ipv6(skb, config, &c);
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return nic_arp(skb, config, eth, &c);
	return PASS_NOT_IP;
}

#endif
