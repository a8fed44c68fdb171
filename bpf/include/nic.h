/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a workload sends. This machine is its router: it answers ARP and NDP for every address but the
 * workload's own, with the uplink's MAC, which is what the workload then sends to. A workload speaks for its
 * own addresses only: as source of packets, in ARP and in NDP.
 */
#ifndef LODESTONE_NIC_H
#define LODESTONE_NIC_H

#include "neighbour.h"
#include "overlay.h"
#include "probe.h"
#include "translate.h"
#include "vlan.h"

static __always_inline const struct nic_source *find_source(struct __sk_buff *skb, const struct address *addr)
{
	struct nic_source_key key = {.ifindex = skb->ifindex, .addr = *addr};

	return bpf_map_lookup_elem(&nic_sources, &key);
}

/* The NIC itself, for what has no address of its own. */
static __always_inline const struct nic_source *find_link(struct __sk_buff *skb)
{
	struct address any = {};

	return find_source(skb, &any);
}

static __always_inline bool is_own(struct __sk_buff *skb, const struct address *addr)
{
	const struct nic_source *source = find_source(skb, addr);

	return source && source->kind == NIC_SOURCE_OWN;
}

/* Whether a MAC address is not the NIC's, where that is known. */
static __always_inline bool is_other_mac(const struct nic_source *source, const void *mac)
{
	__u32 high;
	__u16 low;

	if (!source)
		return false;
	high = *(const word32 *)source->mac;
	low = *(const word16 *)(source->mac + 4);
	return (high || low) && (high != *(const word32 *)mac || low != *(const word16 *)(mac + 4));
}

/*
 * A probe for a duplicate (RFC 5227, 2.1: sender 0.0.0.0) is the workload asking for its own address, whether
 * we know that address yet or not: an answer would take it away.
 */
static __always_inline enum verdict nic_arp(struct __sk_buff *skb, const struct config *config,
					    struct ethhdr *eth, struct cursor *c)
{
	const struct nic_source *source;
	struct arp *arp = parse_arp(c);
	struct address sender, asked;
	bool probe;

	if (!arp)
		return PASS_NOT_IP;
	probe = !*(word32 *)arp->sender_ip;
	address_from_ipv4(&sender, *(word32 *)arp->sender_ip);
	source = probe ? find_link(skb) : find_source(skb, &sender);
	if (!source && !probe)
		return DROP_NIC_ARP_SPOOFED;
	if (is_other_mac(source, eth->h_source) || is_other_mac(source, arp->sender_mac))
		return DROP_NIC_MAC_SPOOFED;

	address_from_ipv4(&asked, *(word32 *)arp->target_ip);
	if (probe || arp->operation != bpf_htons(ARP_REQUEST) ||
	    *(word32 *)arp->sender_ip == *(word32 *)arp->target_ip || is_own(skb, &asked))
		return PASS_NOT_IP;
	write_arp_reply(eth, arp, config->uplink_mac);
	return VERDICT_ARP_REPLY;
}

static __always_inline bool is_link_local(const void *addr)
{
	const __u8 *byte = addr;

	return byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80;
}

/* Types 133 to 137: everything of neighbour discovery (RFC 4861, 4). */
static __always_inline bool is_discovery(__u8 type)
{
	return type >= ROUTER_SOLICIT && type <= ND_REDIRECT;
}

/*
 * An address the workload may advertise: its own, a VIP it serves, or one of the link, where it is alone with
 * this machine.
 */
static __always_inline enum verdict nic_advertisement(struct __sk_buff *skb, const struct neighbour *na)
{
	struct address target;

	if ((void *)na + SOLICITATION_LEN > (void *)(long)skb->data_end)
		return DROP_NIC_ND_SPOOFED;
	address_from_ipv6(&target, na->target);
	return is_link_local(na->target) || find_source(skb, &target) ? PASS_NIC_OWN_ADDRESS
								      : DROP_NIC_ND_SPOOFED;
}

static __always_inline enum verdict nic_solicitation(struct __sk_buff *skb, const struct config *config,
						     const struct ipv6hdr *ip6)
{
	struct neighbour *ns = parse_solicitation(ip6, (void *)(long)skb->data_end);
	struct address asked;
	struct ethhdr *eth;

	/* Duplicate address detection (RFC 4862, 5.4) is never answered. */
	if (!ns || is_unspecified(&ip6->saddr))
		return PASS_NIC_OWN_ADDRESS;
	address_from_ipv6(&asked, ns->target);
	if (is_own(skb, &asked))
		return PASS_NIC_OWN_ADDRESS;

	if (bpf_skb_change_tail(skb, ADVERTISEMENT_FRAME, 0))
		return DROP_TRUNCATED;
	eth = (void *)(long)skb->data;
	if ((void *)eth + ADVERTISEMENT_FRAME > (void *)(long)skb->data_end)
		return DROP_TRUNCATED;
	write_advertisement(eth, config->uplink_mac);
	return VERDICT_ND_REPLY;
}

/* Neighbour discovery never leaves the link. A workload is no router. */
static __always_inline enum verdict nic_discovery(struct __sk_buff *skb, const struct config *config,
						  const struct ipv6hdr *ip6, __u8 type)
{
	switch (type) {
	case ROUTER_SOLICIT:
		return PASS_NIC_OWN_ADDRESS;
	case NEIGHBOUR_SOLICIT:
		return nic_solicitation(skb, config, ip6);
	case NEIGHBOUR_ADVERTISE:
		return nic_advertisement(skb, (void *)(ip6 + 1));
	default:
		return DROP_NIC_ND_SPOOFED;
	}
}

/*
 * Whether neighbour discovery hides behind extension headers, which nobody needs; in fragments hosts don't
 * take it (RFC 6980). Global, as serve_rare().
 */
__noinline int hides_discovery(struct __sk_buff *skb)
{
	struct cursor c = pull_frame(skb, NIC_RARE_LINEAR);
	struct ethhdr *eth = parse_ethernet(&c);
	struct fragment fragment = {};
	struct ipv6hdr *ip6;
	__u32 left;
	__u8 proto;

	if (!eth)
		return false;
	ip6 = parse_ipv6(&c);
	if (!ip6)
		return false;
	left = bpf_ntohs(ip6->payload_len);
	proto = ip6->nexthdr;
	if (skip_extensions(&c, &left, &proto, &fragment) || fragment.later || proto != IPPROTO_ICMPV6)
		return false;
	return c.pos + 1 <= c.end && is_discovery(*(__u8 *)c.pos);
}

static __always_inline bool has_walked_header(__u8 proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_DSTOPTS ||
	       proto == IPPROTO_FRAGMENT;
}

/* NULL where the network doesn't have the address. */
static __always_inline const struct real *find_route(__u32 network, const struct address *addr)
{
	struct route_key key = {.network = network, .addr = *addr};

	return bpf_map_lookup_elem(&routes, &key);
}

/*
 * To an address that is no VIP of the network. A route first; then answers from a public VIP go out of the
 * uplink, answers from an Internal one nowhere, and what comes from an own address to the host's routing, but
 * for the addresses of other networks.
 */
static __always_inline enum verdict route_packet(struct __sk_buff *skb, const struct nic_source *source,
						 const struct address *dst, int *action)
{
	const struct real *real;

	if (source->network) {
		real = find_route(source->network, dst);
		if (real)
			return follow_route(skb, real, action);
	}
	if (source->kind == NIC_SOURCE_INTERNAL)
		return DROP_NIC_NO_ROUTE;
	return find_route(ANY_NETWORK, dst) ? DROP_NIC_FOREIGN : PASS_NIC_OWN_ADDRESS;
}

static __always_inline enum verdict nic_ipv4(struct __sk_buff *skb, const struct config *config,
					     const struct ethhdr *eth, struct cursor *c, int *action)
{
	const struct nic_source *source;
	struct iphdr *ip = parse_ipv4(c);
	struct address addr;
	struct vip *vip;

	if (!ip)
		return DROP_TRUNCATED;
	address_from_ipv4(&addr, ip->saddr);
	source = find_source(skb, &addr);
	if (!source)
		return DROP_NIC_SPOOFED;
	if (is_other_mac(source, eth->h_source))
		return DROP_NIC_MAC_SPOOFED;
	if (unlikely(ip->daddr == PROBE_IPV4))
		return VERDICT_PROBE_REPLY;
	if (source->kind == NIC_SOURCE_VIP)
		return VERDICT_NIC_DSR;

	address_from_ipv4(&addr, ip->daddr);
	if (source->kind == NIC_SOURCE_OWN && source->network) {
		vip = find_vip(config, &addr, source->network);
		if (vip)
			return balance_ipv4(skb, config, vip, ip, c, action);
	}
	return route_packet(skb, source, &addr, action);
}

static __always_inline enum verdict nic_ipv6(struct __sk_buff *skb, const struct config *config,
					     const struct ethhdr *eth, struct cursor *c, int *action)
{
	const struct nic_source *source;
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct address addr;
	struct vip *vip;
	bool of_link;

	if (!ip6)
		return DROP_TRUNCATED;
	of_link = is_link_local(&ip6->saddr) || is_unspecified(&ip6->saddr);
	address_from_ipv6(&addr, &ip6->saddr);
	source = of_link ? find_link(skb) : find_source(skb, &addr);
	if (!source && !of_link)
		return ip6->nexthdr == IPPROTO_ICMPV6 && c->pos + 1 <= c->end && is_discovery(*(__u8 *)c->pos)
			       ? DROP_NIC_ND_SPOOFED
			       : DROP_NIC_SPOOFED;
	if (is_other_mac(source, eth->h_source))
		return DROP_NIC_MAC_SPOOFED;
	if (ip6->nexthdr == IPPROTO_ICMPV6 && c->pos + 1 <= c->end && is_discovery(*(__u8 *)c->pos))
		return nic_discovery(skb, config, ip6, *(__u8 *)c->pos);

	/* What else is of the link stays there: multicast listener reports carry a hop-by-hop header. */
	if (of_link)
		return ip6->nexthdr == IPPROTO_ICMPV6 || ip6->nexthdr == IPPROTO_HOPOPTS
			       ? PASS_NIC_OWN_ADDRESS
			       : DROP_NIC_SPOOFED;
	address_from_ipv6(&addr, &ip6->daddr);
	if (unlikely(is_probe_ipv6(&addr)))
		return VERDICT_PROBE_REPLY;
	if (source->kind == NIC_SOURCE_VIP)
		return VERDICT_NIC_DSR;
	if (source->kind == NIC_SOURCE_OWN && source->network) {
		vip = find_vip(config, &addr, source->network);
		if (vip)
			return balance_ipv6(skb, config, vip, ip6, c, action);
	}
	return route_packet(skb, source, &addr, action);
}

static __always_inline enum verdict check_nic_packet(struct __sk_buff *skb, const struct config *config,
						     int *action)
{
	struct ipv6hdr *ip6;
	struct ethhdr *eth;
	struct cursor c;

	/* The kernel has taken a tag off the frame; it would put it on an answer that leaves through the
	 * uplink.
	 */
	if (skb->vlan_present) {
		if (skb->vlan_tci & VLAN_ID || bpf_skb_vlan_pop(skb))
			return DROP_NIC_TAGGED;
		/* A second one has taken its place. */
		if (skb->vlan_present)
			return DROP_NIC_TAGGED;
	}
	if (config->flags & CONFIG_TRANSLATES)
		translate_back(skb);
	c = pull_frame(skb, ADVERTISEMENT_FRAME);
	eth = parse_ethernet(&c);
	if (!eth)
		return DROP_TRUNCATED;
	if (is_tag(eth->h_proto))
		return DROP_NIC_TAGGED;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return nic_ipv4(skb, config, eth, &c, action);
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return nic_arp(skb, config, eth, &c);
	if (eth->h_proto != bpf_htons(ETH_P_IPV6))
		return PASS_NOT_IP;

	ip6 = c.pos;
	if ((void *)(ip6 + 1) <= c.end && has_walked_header(ip6->nexthdr)) {
		if (hides_discovery(skb))
			return DROP_NIC_ND_SPOOFED;
		c = whole_frame(skb, HOOK_TC);
		eth = parse_ethernet(&c);
		if (!eth)
			return DROP_TRUNCATED;
	}
	return nic_ipv6(skb, config, eth, &c, action);
}

#endif
