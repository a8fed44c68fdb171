/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The way of a packet that comes in at the uplink where tc serves it, and not XDP: at devices whose packets
 * are socket buffers from the beginning, such as a veth. What is decided is gateway.h's; what touches the
 * frame is overlay.h's. Large frames (GSO) stay whole, and a checksum that somebody still has to finish
 * (CHECKSUM_PARTIAL) stays a promise, on whichever device the packet leaves.
 */
#ifndef LODESTONE_UPLINK_TC_H
#define LODESTONE_UPLINK_TC_H

#include "announce.h"
#include "overlay.h"
#include "translate.h"
#include "underlay.h"
#include "vlan.h"

/* BPF_F_ADJ_ROOM_DECAP_L3_IPV4 and _IPV6 of Linux 6.3: the ethertype the kernel goes by becomes the inner
 * one. */
#define ADJ_ROOM_DECAP_L3_IPV4 (1ull << 7)
#define ADJ_ROOM_DECAP_L3_IPV6 (1ull << 8)

/* As deliver(), of what was decapsulated; the device may have to translate. */
static __always_inline int deliver_to_nic(struct __sk_buff *skb, const struct underlay_nic *nic)
{
	struct rare *memory = get_rare(HOOK_TC);
	int translates = 0;

	if (nic->flags & NIC_TRANSLATES && memory) {
		memory->translate_at = nic->ifindex;
		translates = ACTION_TRANSLATE;
	}
	if (nic->kind != REAL_PEER)
		return bpf_redirect(nic->ifindex, 0) | translates;
	if (skb->pkt_type != PACKET_HOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	return bpf_redirect_peer(nic->ifindex, 0) | translates;
}

static __always_inline enum verdict deliver_inner_tc(struct __sk_buff *skb, const struct config *config,
						     const struct inner *inner, int *action)
{
	bool ipv4 = inner->ethertype == ETH_P_IP;
	const struct underlay_nic *nic = inner->nic;
	struct ethhdr *eth;

	if (bpf_skb_adjust_room(skb, -(__s32)inner->outer, BPF_ADJ_ROOM_MAC,
				BPF_F_ADJ_ROOM_FIXED_GSO |
					(ipv4 ? ADJ_ROOM_DECAP_L3_IPV4 : ADJ_ROOM_DECAP_L3_IPV6)))
		return DROP_INNER_BAD;
	eth = (void *)(long)skb->data;
	if ((void *)(eth + 1) > (void *)(long)skb->data_end)
		return DROP_TRUNCATED;
	eth->h_proto = bpf_htons(inner->ethertype);
	address_inner(eth, nic, config);
	if (nic->kind == REAL_STACK)
		return VERDICT_OWN_STACK;
	*action = deliver_to_nic(skb, nic);
	return VERDICT_DECAP_LOCAL;
}

static __always_inline __u64 beyond_pulled(struct __sk_buff *skb, struct cursor whole)
{
	__u64 linear = whole.end - whole.pos;

	return skb->len - linear;
}

/* What is directly in IPv6. Global, as serve_rare(). */
__noinline int decapsulate_tc(struct __sk_buff *skb)
{
	struct cursor whole = whole_frame(skb, HOOK_TC), c = whole;
	struct ethhdr *eth = parse_ethernet(&c);
	struct config *config = get_config();
	int action = TC_ACT_UNSPEC & 0xffff;
	struct inner inner = {};
	enum verdict verdict;
	struct ipv6hdr *ip6;

	if (!eth || !config)
		return DROP_TRUNCATED;
	ip6 = parse_ipv6(&c);
	if (!ip6)
		return DROP_TRUNCATED;
	verdict = find_inner(config, ip6, whole.end, beyond_pulled(skb, whole), &inner);
	if (!verdict && inner.nic)
		verdict = deliver_inner_tc(skb, config, &inner, &action);
	return action << RARE_ACTION_SHIFT | verdict;
}

/* As serve_underlay(). */
__noinline int serve_underlay_tc(struct __sk_buff *skb)
{
	struct cursor c = pull_frame(skb, NIC_RARE_LINEAR), whole = c;
	struct config *config = get_config();
	struct inner inner = {};
	enum verdict verdict = read_underlay(&c, beyond_pulled(skb, whole), &inner);
	int action = TC_ACT_UNSPEC & 0xffff;

	if (!verdict && inner.nic && config)
		verdict = deliver_inner_tc(skb, config, &inner, &action);
	return action << RARE_ACTION_SHIFT | verdict;
}

static __always_inline enum verdict leave_to_underlay_tc(struct __sk_buff *skb, __u8 proto, int *action)
{
	bool direct = proto == IPPROTO_IPIP || proto == IPPROTO_IPV6;

	return take_served(direct ? decapsulate_tc(skb) : serve_underlay_tc(skb), action);
}

static __always_inline enum verdict uplink_ipv4(struct __sk_buff *skb, const struct config *config,
						struct cursor *c, int *action)
{
	struct iphdr *ip = parse_ipv4(c);
	struct address dst;
	struct vip *vip;

	if (!ip)
		return DROP_TRUNCATED;
	address_from_ipv4(&dst, ip->daddr);
	vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (likely(vip))
		return balance_ipv4(skb, config, vip, ip, c, action);
	if (ip->protocol == IPPROTO_UDP || ip->protocol == IPPROTO_ICMP)
		return leave_to_underlay_tc(skb, ip->protocol, action);
	return PASS_NOT_A_VIP;
}

static __always_inline enum verdict uplink_ipv6(struct __sk_buff *skb, const struct config *config,
						struct cursor *c, int *action)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	enum verdict verdict;
	struct address dst;
	struct vip *vip;

	if (!ip6)
		return DROP_TRUNCATED;
	if (unlikely(ip6->nexthdr == IPPROTO_ICMPV6)) {
		verdict = announce_nd_tc(skb, config, ip6);
		if (verdict)
			return verdict;
	}
	address_from_ipv6(&dst, &ip6->daddr);
	vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (likely(vip))
		return balance_ipv6(skb, config, vip, ip6, c, action);
	if (ip6->nexthdr == IPPROTO_UDP || ip6->nexthdr == IPPROTO_ICMPV6 || ip6->nexthdr == IPPROTO_IPIP ||
	    ip6->nexthdr == IPPROTO_IPV6)
		return leave_to_underlay_tc(skb, ip6->nexthdr, action);
	return PASS_NOT_A_VIP;
}

/* The kernel has taken the tag off a frame that had one. Id 0 is no VLAN, but a priority (802.1Q, 6.9.1). */
static __always_inline bool is_of_other_vlan(struct __sk_buff *skb, const struct config *config)
{
	return (skb->vlan_present && skb->vlan_tci & VLAN_ID) || config->vlans;
}

static __always_inline enum verdict serve_uplink_tc(struct __sk_buff *skb, const struct config *config,
						    int *action)
{
	struct cursor c;
	struct ethhdr *eth;

	if (unlikely(is_of_other_vlan(skb, config)))
		return PASS_OTHER_VLAN;
	if (unlikely(skb->vlan_present) && bpf_skb_vlan_pop(skb))
		return DROP_TRUNCATED;
	c = pull_frame(skb, ADVERTISEMENT_FRAME);
	eth = parse_ethernet(&c);
	if (!eth)
		return DROP_TRUNCATED;
	if (likely(eth->h_proto == bpf_htons(ETH_P_IP)))
		return uplink_ipv4(skb, config, &c, action);
	if (likely(eth->h_proto == bpf_htons(ETH_P_IPV6)))
		return uplink_ipv6(skb, config, &c, action);
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return announce_arp(config, eth, &c);
	return is_tag(eth->h_proto) ? PASS_OTHER_VLAN : PASS_NOT_IP;
}

static __always_inline int translate_at_uplink(struct __sk_buff *skb, int action)
{
	struct rare *memory = get_rare(HOOK_TC);

	if (!memory || translate_counted(skb, memory->translate_at) == TRANSLATE_BAD)
		return TC_ACT_SHOT;
	return action & ~ACTION_TRANSLATE;
}

/* The one place where a verdict of tc at the uplink is counted and becomes an action. */
static __always_inline int uplink_action(struct __sk_buff *skb)
{
	struct config *config = get_config();
	__u64 bytes = skb->len - ETH_HLEN;
	int action = TC_ACT_SHOT; /* of what is delivered on this machine */
	enum verdict verdict;

	if (!config)
		return TC_ACT_SHOT;
	verdict = serve_uplink_tc(skb, config, &action);
	count_verdict(verdict, bytes);
	if (verdict >= DROP_TRUNCATED) {
		if (unlikely(config->listening & LISTEN_DROPS))
			tell_tc(skb, tell_dropped(verdict), bytes);
		return TC_ACT_SHOT;
	}
	if (verdict >= PASS_NOT_A_VIP || verdict == VERDICT_MTU_LEARNT || verdict == VERDICT_OWN_STACK)
		return TC_ACT_UNSPEC;
	if (verdict == VERDICT_DELIVER_LOCAL || verdict == VERDICT_DECAP_LOCAL)
		return unlikely(action & ACTION_TRANSLATE) ? translate_at_uplink(skb, action) : action;
	return bpf_redirect(skb->ifindex, 0);
}

#endif
