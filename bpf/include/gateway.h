/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The way of a packet that comes in at the uplink. */
#ifndef LODESTONE_GATEWAY_H
#define LODESTONE_GATEWAY_H

#include "announce.h"
#include "decap.h"
#include "deliver.h"
#include "echo.h"
#include "encap.h"
#include "hash.h"
#include "ring.h"
#include "vip.h"

/* A packet of a flow to its real. */
static __always_inline enum verdict balance(struct xdp_md *ctx, const struct config *config,
					    const struct vip *vip, const struct packet *pkt, __u64 hash,
					    int *action)
{
	__u32 index = pick_real(config, vip, pkt, hash);
	enum verdict verdict;
	struct real *real;

	if (unlikely(!index))
		return DROP_NO_REAL;
	real = bpf_map_lookup_elem(&reals, &index);
	if (unlikely(!real || real->kind == REAL_NONE))
		return DROP_REAL_DEAD;

	if (likely(real->kind == REAL_ENCAP))
		verdict = encapsulate(ctx, pkt, real, hash);
	else
		verdict = deliver_to_real(ctx, pkt->l3_len, real, action);
	if (likely(verdict < PASS_NOT_A_VIP)) {
		count_vip(vip, pkt->l3_len);
		count_real(index, pkt->l3_len);
	}
	return verdict;
}

static __always_inline enum verdict gateway_ipv4(struct xdp_md *ctx, const struct config *config,
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
	if (unlikely(verdict))
		return verdict;
	if (unlikely(pkt.proto == IPPROTO_ICMP))
		return answer_echo_ipv4(vip, eth, ip, c);
	verdict = parse_transport(c, &pkt);
	if (unlikely(verdict))
		return verdict;
	if (unlikely(!port_allowed(vip, &pkt)))
		return DROP_PORT_NOT_ALLOWED;
	return balance(ctx, config, vip, &pkt, hash_ipv4(config, ip, &pkt, PUBLIC_NETWORK), action);
}

static __always_inline enum verdict gateway_ipv6(struct xdp_md *ctx, const struct config *config,
						 struct ethhdr *eth, struct cursor *c, int *action)
{
	struct ipv6hdr *ip6 = parse_ipv6(c);
	struct packet pkt = {};
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
		return decapsulate(ctx, config, ip6, action);

	verdict = check_ipv6(ip6, c->end, &pkt);
	if (unlikely(verdict))
		return verdict;
	if (unlikely(pkt.proto == IPPROTO_ICMPV6))
		return answer_echo_ipv6(vip, eth, ip6, c);
	verdict = parse_transport(c, &pkt);
	if (unlikely(verdict))
		return verdict;
	if (unlikely(!port_allowed(vip, &pkt)))
		return DROP_PORT_NOT_ALLOWED;
	return balance(ctx, config, vip, &pkt, hash_ipv6(config, ip6, &pkt, PUBLIC_NETWORK), action);
}

static __always_inline enum verdict gateway(struct xdp_md *ctx, int *action)
{
	struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	struct ethhdr *eth = parse_ethernet(&c);
	struct config *config = get_config();

	if (!eth || !config)
		return DROP_TRUNCATED;
	if (likely(eth->h_proto == bpf_htons(ETH_P_IP)))
		return gateway_ipv4(ctx, config, eth, &c, action);
	if (likely(eth->h_proto == bpf_htons(ETH_P_IPV6)))
		return gateway_ipv6(ctx, config, eth, &c, action);
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return announce_arp(config, eth, &c);
	return PASS_NOT_IP;
}

/* The whole program at the uplink: the one place where a verdict is counted and becomes an action. */
static __always_inline int serve_uplink(struct xdp_md *ctx)
{
	__u64 bytes = ctx->data_end - ctx->data - ETH_HLEN;
	int action = XDP_TX; /* of what is forwarded or answered, unless it stays on this machine */
	enum verdict verdict = gateway(ctx, &action);

	count_verdict(verdict, bytes);
	if (verdict >= DROP_TRUNCATED)
		return XDP_DROP;
	return verdict >= PASS_NOT_A_VIP ? XDP_PASS : action;
}

#endif
