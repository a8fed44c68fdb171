/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Packets to a VIP that are not plain TCP, UDP or SCTP. They are parsed afresh in a function of its own,
 * which the verifier checks by itself: neither its instructions nor its registers weigh on the common
 * packets.
 */
#ifndef LODESTONE_RARE_H
#define LODESTONE_RARE_H

#include "icmp.h"

static __always_inline enum verdict rare_ipv4(struct xdp_md *ctx, const struct config *config,
					      struct ethhdr *eth, struct cursor *c, int *action)
{
	struct iphdr *ip = parse_ipv4(c);
	struct packet pkt = {};
	enum verdict verdict;
	struct address dst;
	struct vip *vip;

	if (!ip)
		return DROP_TRUNCATED;
	address_from_ipv4(&dst, ip->daddr);
	vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (!vip)
		return PASS_NOT_A_VIP;
	verdict = check_ipv4(ip, c->end, &pkt);
	if (verdict)
		return verdict;
	return serve_icmp(ctx, config, vip, eth, ip, c, pkt.l3_len - sizeof(*ip), &pkt, action);
}

static __always_inline enum verdict rare_ipv6(struct xdp_md *ctx, const struct config *config,
					      struct ethhdr *eth, struct cursor *c, int *action)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct packet pkt = {};
	enum verdict verdict;
	struct address dst;
	struct vip *vip;

	if (!ip6)
		return DROP_TRUNCATED;
	address_from_ipv6(&dst, &ip6->daddr);
	vip = find_vip(config, &dst, PUBLIC_NETWORK);
	if (!vip)
		return PASS_NOT_A_VIP;
	verdict = check_ipv6(ip6, c->end, &pkt);
	if (verdict)
		return verdict;
	return serve_icmpv6(ctx, config, vip, eth, ip6, c, pkt.l3_len - sizeof(*ip6), &pkt, action);
}

#define RARE_ACTION_SHIFT 16 /* action << 16 | verdict */

/* Global: verified once, and called with nothing but the packet. */
__noinline int serve_rare(struct xdp_md *ctx)
{
	struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct ethhdr *eth = parse_ethernet(&c);
	struct config *config = get_config();
	enum verdict verdict;
	int action = XDP_TX;

	if (!eth || !config)
		return DROP_TRUNCATED;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		verdict = rare_ipv4(ctx, config, eth, &c, &action);
	else
		verdict = rare_ipv6(ctx, config, eth, &c, &action);
	return action << RARE_ACTION_SHIFT | verdict;
}

/* Nothing of the packet may be used behind this. */
static __always_inline enum verdict leave_fast_path(struct xdp_md *ctx, int *action)
{
	__u32 served = serve_rare(ctx);

	*action = served >> RARE_ACTION_SHIFT;
	return served & 0xff;
}

#endif
