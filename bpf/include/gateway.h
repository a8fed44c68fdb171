/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The way of a packet that comes in at the uplink. */
#ifndef LODESTONE_GATEWAY_H
#define LODESTONE_GATEWAY_H

#include "announce.h"
#include "balance.h"
#include "decap.h"
#include "rare.h"
#include "vlan.h"
#include "underlay.h"

static __always_inline enum verdict gateway_ipv4(struct xdp_md *ctx, const struct config *config,
						 struct cursor *c, int *action)
{
	struct iphdr *ip = parse_ipv4(c);
	struct packet pkt = {};
	struct flow_keys keys;
	enum verdict verdict;
	struct address dst;
	struct vip *vip;

	if (!ip)
		return DROP_TRUNCATED;
	address_from_ipv4(&dst, ip->daddr);
	vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (!vip)
		return ip->protocol == IPPROTO_UDP || ip->protocol == IPPROTO_ICMP
			       ? leave_to_underlay(ctx, action)
			       : PASS_NOT_A_VIP;

	verdict = check_ipv4(ip, c->end - (void *)ip, &pkt);
	if (unlikely(verdict))
		return verdict == DROP_BAD_HEADER && !xdp_frags ? verdict : leave_fast_path(ctx, action);
	if (unlikely(pkt.proto == IPPROTO_ICMP || goes_by_id(vip, &pkt)))
		return leave_fast_path(ctx, action);
	verdict = parse_transport(c, pkt.l3_len - sizeof(*ip), &pkt);
	if (unlikely(verdict))
		return verdict;
	if (unlikely(!port_allowed(vip, &pkt)))
		return DROP_PORT_NOT_ALLOWED;
	keys.old = keys.slot = keys.flow = hash_ipv4(config, ip, &pkt, PUBLIC_NETWORK);
	if (unlikely(is_keyed(vip)))
		find_keys(vip, 0, (__u64)ip->saddr << 32, &pkt, &keys);
	return balance(ctx, config, vip, &pkt, &keys, action);
}

static __always_inline enum verdict gateway_ipv6(struct xdp_md *ctx, const struct config *config,
						 struct cursor *c, int *action)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct packet pkt = {};
	struct flow_keys keys;
	enum verdict verdict;
	struct address dst;
	struct vip *vip;

	if (!ip6)
		return DROP_TRUNCATED;
	if (unlikely(ip6->nexthdr == IPPROTO_ICMPV6)) {
		verdict = announce_nd(ctx, config, ip6);
		if (verdict)
			return verdict;
	}
	address_from_ipv6(&dst, &ip6->daddr);
	vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (!vip)
		return ip6->nexthdr == IPPROTO_UDP || ip6->nexthdr == IPPROTO_ICMPV6
			       ? leave_to_underlay(ctx, action)
			       : decapsulate(ctx, config, ip6, action);

	verdict = check_ipv6(ip6, c->end - (void *)ip6, &pkt);
	if (unlikely(verdict))
		return xdp_frags ? leave_fast_path(ctx, action) : verdict;
	if (unlikely(pkt.proto == IPPROTO_ICMPV6 || goes_by_id(vip, &pkt)))
		return leave_fast_path(ctx, action);
	verdict = parse_transport(c, pkt.l3_len - sizeof(*ip6), &pkt);
	if (unlikely(verdict))
		return verdict == DROP_EXTENSION_HEADER || verdict == DROP_FRAGMENT
			       ? leave_fast_path(ctx, action)
			       : verdict;
	if (unlikely(!port_allowed(vip, &pkt)))
		return DROP_PORT_NOT_ALLOWED;
	keys.old = keys.slot = keys.flow = hash_ipv6(config, ip6, &pkt, PUBLIC_NETWORK);
	if (unlikely(is_keyed(vip)))
		find_keys(vip, ((word64 *)&ip6->saddr)[0], ((word64 *)&ip6->saddr)[1], &pkt, &keys);
	return balance(ctx, config, vip, &pkt, &keys, action);
}

static __always_inline enum verdict gateway(struct xdp_md *ctx, const struct config *config, int *action)
{
	struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct ethhdr *eth = parse_ethernet(&c);

	if (!eth)
		return DROP_TRUNCATED;
	if (likely(eth->h_proto == bpf_htons(ETH_P_IP)))
		return gateway_ipv4(ctx, config, &c, action);
	if (likely(eth->h_proto == bpf_htons(ETH_P_IPV6)))
		return gateway_ipv6(ctx, config, &c, action);
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return announce_arp(config, eth, &c);
	return PASS_NOT_IP;
}

/* The frame as it came, or as it is to leave, has its tags again. */
static __always_inline int restore_tags(struct xdp_md *ctx, __u64 tags, enum verdict verdict, int action)
{
	/* To a device of this machine. What goes on to the kernel leaves as it came. */
	bool stays = verdict < PASS_NOT_A_VIP && action != XDP_TX && verdict != VERDICT_MTU_LEARNT &&
		     verdict != VERDICT_OWN_STACK;

	if (stays || verdict >= DROP_TRUNCATED)
		return action;
	return put_tags(ctx, tags) ? XDP_ABORTED : action;
}

/* The whole program at the uplink: the one place where a verdict is counted and becomes an action. */
static __always_inline int serve_uplink(struct xdp_md *ctx)
{
	struct config *config = get_config();
	int action = XDP_TX; /* of what is forwarded or answered, unless it stays on this machine */
	enum verdict verdict;
	__u64 tags, bytes;

	if (!config)
		return XDP_DROP;
	tags = strip_tags(ctx, config);
	bytes = frame_len(ctx) - ETH_HLEN;
	if (unlikely(tags & TAGS_OTHERS)) {
		count_verdict(PASS_OTHER_VLAN, bytes);
		return XDP_PASS;
	}
	verdict = gateway(ctx, config, &action);
	if (xdp_frags && verdict == DROP_TRUNCATED && beyond_linear(ctx))
		verdict = DROP_SPLIT_HEADER;

	count_verdict(verdict, bytes);
	if (verdict >= DROP_TRUNCATED) {
		action = XDP_DROP;
		if (unlikely(config->listening & LISTEN_DROPS))
			tell_xdp(ctx, tell_dropped(verdict), bytes);
	} else if (verdict >= PASS_NOT_A_VIP) {
		action = XDP_PASS;
	}
	return unlikely(tags) ? restore_tags(ctx, tags, verdict, action) : action;
}

#endif
