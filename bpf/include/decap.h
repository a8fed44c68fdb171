/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What another gateway encapsulated to a NIC of this machine. */
#ifndef LODESTONE_DECAP_H
#define LODESTONE_DECAP_H

#include "config.h"
#include "deliver.h"
#include "parse.h"

/* The ethertype of what is inside, 0 where it is not what the outer header says or does not fit into it. */
static __always_inline __be16 inner_ethertype(const struct ipv6hdr *outer, void *end)
{
	__u32 payload = bpf_ntohs(outer->payload_len);
	const void *inner = outer + 1;
	__u8 version;

	if (inner + sizeof(struct iphdr) > end || end - inner < payload || payload < sizeof(struct iphdr))
		return 0;
	version = *(const __u8 *)inner >> 4;
	if (outer->nexthdr == IPPROTO_IPIP)
		return version == 4 ? bpf_htons(ETH_P_IP) : 0;
	return version == 6 && payload >= sizeof(struct ipv6hdr) ? bpf_htons(ETH_P_IPV6) : 0;
}

/* Takes the outer header off; the Ethernet header moves to the inner packet. */
static __always_inline enum verdict strip_outer(struct xdp_md *ctx, const struct underlay_nic *nic,
						const struct config *config, __be16 ethertype)
{
	struct ethhdr *eth, saved;

	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return DROP_TRUNCATED;
	copy_ethernet(&saved, eth);
	saved.h_proto = ethertype;
	if (nic->kind == REAL_DEVICE) {
		copy_mac(saved.h_dest, nic->mac);
		copy_mac(saved.h_source, config->uplink_mac);
	}

	if (bpf_xdp_adjust_head(ctx, sizeof(struct ipv6hdr)))
		return DROP_INNER_BAD;
	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return DROP_TRUNCATED;
	copy_ethernet(eth, &saved);
	return VERDICT_NONE;
}

static __always_inline enum verdict decapsulate(struct xdp_md *ctx, const struct config *config,
						const struct ipv6hdr *outer, int *action)
{
	struct underlay_nic *nic;
	enum verdict verdict;
	struct address dst;
	__be16 ethertype;

	if (outer->nexthdr != IPPROTO_IPIP && outer->nexthdr != IPPROTO_IPV6)
		return PASS_NOT_A_VIP;
	address_from_ipv6(&dst, &outer->daddr);
	nic = bpf_map_lookup_elem(&underlay, &dst);
	if (!nic) {
		bool ours = config->underlay_prefix && dst.halves[0] == config->underlay_prefix;

		return ours ? DROP_UNDERLAY_UNKNOWN : PASS_NOT_A_VIP;
	}

	ethertype = inner_ethertype(outer, (void *)(long)ctx->data_end);
	if (!ethertype)
		return DROP_INNER_BAD;
	verdict = strip_outer(ctx, nic, config, ethertype);
	if (!verdict)
		verdict = deliver(ctx, nic->ifindex, nic->kind, action);
	return verdict ? verdict : VERDICT_DECAP_LOCAL;
}

#endif
